/**
 * The tests of the contract in `src/stores/object-store.ts`. Every store runs them.
 * @module
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { ObjectTooLargeError, RevisionConflictError } from '../../src/stores/errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../../src/stores/object-store.ts';
import { track } from '../../src/testing/informers/index.ts';
import { conditionSuite } from './conditions.suite.ts';
import type { StoreRig } from './store-rig.ts';
import { failureOf, NEVER, shown, task, TASKS, titleOf, whenever } from './tasks.ts';
import { addIndex, nodeOf } from '../../src/informers/collection/collection-node.ts';

/** Declares the tests of a store. */
export function objectStoreSuite({ name, open, histories }: StoreRig): void {
  const tasks = (): ObjectStore => open().open(TASKS);

  conditionSuite({ name, open, histories });

  describe(`${name}: contract of stores`, () => {
    it('reads the last write, and undefined for a key without an object', async () => {
      const store = tasks();
      expect(await store.read('shop/a', NEVER)).to.equal(undefined);
      const created = await store.create(task('shop/a', 'one'), NEVER);
      expect(created.object).to.deep.equal(task('shop/a', 'one'));
      expect(await store.read('shop/a', NEVER)).to.deep.equal(created);
      const replaced = await store.replace(task('shop/a', 'two'), created.revision, NEVER);
      expect(await store.read('shop/a', NEVER)).to.deep.equal(replaced);
      const deleted = await store.delete('shop/a', replaced.revision, NEVER);
      expect(deleted.object).to.deep.equal(replaced.object);
      expect(await store.read('shop/a', NEVER)).to.equal(undefined);
      expect(created.revision).to.be.below(replaced.revision);
      expect(replaced.revision).to.be.below(deleted.revision);
    });

    it('delivers every write in order and with its revision', async () => {
      const store = tasks();
      const first = await store.create(task('a', 'before'), NEVER);
      const events = track(store.objects, (object) => `${titleOf(object)} ${object.metadata.resourceVersion}`);
      await shown(store, 'a', first);
      const second = await store.create(task('b', 'one'), NEVER);
      const third = await store.replace(task('a', 'after'), first.revision, NEVER);
      const fourth = await store.delete('b', second.revision, NEVER);
      await whenever(store.objects, () => store.objects.get('b') === undefined && nodeOf(store.objects).size === 1);
      await shown(store, 'a', third);
      await shown(store, 'c', await store.create(task('c', 'last'), NEVER));
      expect(events.events.slice(0, 4)).to.deep.equal([
        `ADDED a before ${first.revision}`,
        `ADDED b one ${second.revision}`,
        `MODIFIED a after ${third.revision}`,
        `DELETED b one ${fourth.revision}`,
      ]);
      events.stop();
    });

    it('has objects at the version of their last write, and a source with unique versions', async () => {
      const store = tasks();
      const created = await store.create(task('a', 'one'), NEVER);
      using _running = track(store.objects);
      await shown(store, 'a', created);
      expect(nodeOf(store.objects).lineage?.source.stampOf('a')?.version).to.equal(String(created.revision));
      expect(Number(nodeOf(store.objects).lineage?.source.frontier)).to.be.at.least(created.revision);
      expect(nodeOf(store.objects).sources()[0]).to.include({
        name: 'tasks.example.com',
        ready: true,
        message: undefined,
      });
    });

    it('starts again for a subscriber that comes after all others have unsubscribed', async () => {
      const store = tasks();
      const created = await store.create(task('a', 'one'), NEVER);
      await shown(store, 'a', created);
      const replaced = await store.replace(task('a', 'two'), created.revision, NEVER);
      await shown(store, 'a', replaced);
      using events = track(store.objects, titleOf);
      await shown(store, 'a', replaced);
      events.expect('ADDED a two');
    });

    it('keeps resources, namespaces and cluster-scoped objects apart', async () => {
      const store = open();
      const resources = [TASKS, { ...TASKS, resource: 'tasks-old' }, { ...TASKS, group: 'example.com.au' }];
      const revisions: number[] = [];
      for (const resource of resources) {
        for (const key of ['shop', 'shop/a', 'shop-b/a', 'a']) {
          const { revision } = await store.open(resource).create(task(key, `${resource.resource} ${key}`), NEVER);
          revisions.push(revision);
        }
      }
      expect(revisions).to.deep.equal([...new Set(revisions)].toSorted((a, b) => a - b));
      for (const resource of resources) {
        const { objects } = store.open(resource);
        await whenever(objects, () => {
          expect([...nodeOf(objects).entries()].map(([key, object]) => `${key}: ${titleOf(object)}`)).to.have.members(
            ['shop', 'shop/a', 'shop-b/a', 'a'].map((key) => `${key}: ${resource.resource} ${key}`),
          );
          return true;
        });
      }
      expect(store.open(TASKS)).to.equal(store.open({ ...TASKS }));
    });

    it('returns frozen objects that share nothing with those of the caller', async () => {
      const store = tasks();
      const input = { ...task('a', 'one'), spec: { title: 'one', list: [{ n: 1 }] } };
      const created = await store.create(input, NEVER);
      input.spec.list[0]!.n = 2;
      const read = (await store.read('a', NEVER))!;
      using _running = track(store.objects);
      await shown(store, 'a', created);
      for (const object of [created.object, read.object, store.objects.get('a')!]) {
        const { list } = object['spec'] as typeof input.spec;
        expect(list).to.deep.equal([{ n: 1 }]);
        expect([object, object.metadata, list, list[0]].every(Object.isFrozen)).to.equal(true);
      }
    });

    it('stores the JSON of an object without its resourceVersion', async () => {
      const store = tasks();
      const object = JSON.parse(
        '{"apiVersion":"v1","kind":"K","metadata":{"name":"ü-😀","resourceVersion":"77"},"__proto__":{"polluted":true},"n":1e300}',
      ) as StoredObject;
      const { object: stored } = await store.create({ ...object, nothing: undefined, when: new Date(0) }, NEVER);
      expect(JSON.stringify(stored)).to.equal(
        '{"apiVersion":"v1","kind":"K","metadata":{"name":"ü-😀"},"__proto__":{"polluted":true},"n":1e+300,"when":"1970-01-01T00:00:00.000Z"}',
      );
      expect((await store.read('ü-😀', NEVER))?.object).to.deep.equal(stored);
      expect('polluted' in stored).to.equal(false);
    });

    it('rejects objects, keys and resources that it could not read back', async () => {
      const store = tasks();
      let deep: object = {};
      for (let level = 0; level < 1100; level += 1) deep = { deep };
      const rejected: readonly (readonly [object: object, words: string])[] = [
        [{ ...task('a', ''), apiVersion: undefined }, 'without apiVersion'],
        [{ ...task('a', ''), metadata: { name: '' } }, 'without metadata.name'],
        [{ ...task('a', ''), metadata: { name: 'a/b', namespace: 'c' } }, 'not a key'],
        [{ ...task('a', ''), metadata: { name: 'a\uD800' } }, 'not a key'],
        [{ ...task('a', ''), deep }, 'levels deep'],
      ];
      for (const [object, words] of rejected) {
        const failure = await failureOf(store.create(object as StoredObject, NEVER));
        expect(failure).to.be.instanceOf(TypeError);
        expect(failure.message).to.contain(words);
      }
      for (const key of ['', '/', 'a/', '/a', 'a/b/c'])
        expect(await failureOf(store.read(key, NEVER)), key).to.be.instanceOf(TypeError);
      for (const resource of ['', 'a/b', 'tasks.example'])
        expect(() => open().open({ ...TASKS, resource }), resource).to.throw(TypeError);
    });

    it('rejects an object above 1.5 MiB, and accepts a slightly smaller one', async () => {
      const store = tasks();
      const failure = await failureOf(store.create(task('a', 'x'.repeat(1_572_864)), NEVER));
      expect(failure).to.be.instanceOf(ObjectTooLargeError);
      const created = await store.create(task('a', 'x'.repeat(1_570_000)), NEVER);
      expect(
        await failureOf(store.replace(task('a', 'x'.repeat(1_572_864)), created.revision, NEVER)),
      ).to.be.instanceOf(ObjectTooLargeError);
      await shown(store, 'a', created);
    });

    it('throws the reason of an aborted signal and writes nothing', async () => {
      const store = tasks();
      const created = await store.create(task('a', 'one'), NEVER);
      const reason = new Error('aborted by the caller');
      const aborted = AbortSignal.abort(reason);
      const calls = [
        () => store.read('a', aborted),
        () => store.create(task('b', 'one'), aborted),
        () => store.replace(task('a', 'two'), created.revision, aborted),
        () => store.delete('a', created.revision, aborted),
      ];
      for (const call of calls) expect(await failureOf(call())).to.equal(reason);
      expect(await store.read('a', NEVER)).to.deep.equal(created);
      expect(await store.read('b', NEVER)).to.equal(undefined);
    });

    it('loses no update when many writers replace one object', async () => {
      const store = tasks();
      await store.create(task('a', '0'), NEVER);
      using events = track(store.objects, titleOf);
      const writer = async (): Promise<void> => {
        for (let written = 0; written < 10;) {
          const { object, revision } = (await store.read('a', NEVER))!;
          try {
            await store.replace(task('a', String(Number(titleOf(object)) + 1)), revision, NEVER);
            written += 1;
          } catch (error) {
            expect(error).to.be.instanceOf(RevisionConflictError);
          }
        }
      };
      await Promise.all(Array.from({ length: 8 }, writer));
      const last = (await store.read('a', NEVER))!;
      expect(titleOf(last.object)).to.equal('80');
      await shown(store, 'a', last);
      const seen = events.events.map((line) => Number(line.split(' ')[2]));
      expect(seen).to.deep.equal(Array.from({ length: seen.length }, (_, index) => 81 - seen.length + index));
    });

    it('acknowledges the write and continues when a subscriber fails', async () => {
      const store = tasks();
      await shown(store, 'a', await store.create(task('a', 'one'), NEVER));
      addIndex(store.objects, 'fragile', (object) => {
        if (titleOf(object) === 'bad') throw new Error('not this one');
        return [];
      });
      using _running = track(store.objects);
      await shown(store, 'b', await store.create(task('b', 'bad'), NEVER));
      await shown(store, 'c', await store.create(task('c', 'good'), NEVER));
      expect(nodeOf(store.objects).sources()[0]?.message).to.contain('not this one');
    });

    it('agrees with a Map after random writes', async () => {
      const keys = ['a', 'b', 'shop/a'];
      const step = fc.record({
        key: fc.constantFrom(...keys),
        write: fc.constantFrom('create' as const, 'replace' as const, 'delete' as const),
        stale: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
          const store = tasks();
          const model = new Map<string, Versioned>();
          const versions: number[] = [];
          using _running = track(store.objects);
          const subscription = store.objects.deltas$.subscribe(({ cause }) => {
            if (cause.type === 'EVENT') versions.push(Number(cause.version));
          });
          let last = 0;
          for (const [index, { key, write, stale }] of history.entries()) {
            const now = model.get(key);
            const expected = (now?.revision ?? 1) - Number(stale);
            const calls = {
              create: () => store.create(task(key, String(index)), NEVER),
              replace: () => store.replace(task(key, String(index)), expected, NEVER),
              delete: () => store.delete(key, expected, NEVER),
            };
            const possible = write === 'create' ? now === undefined : now !== undefined && !stale;
            if (!possible) {
              await failureOf(calls[write]());
              continue;
            }
            const written = await calls[write]();
            expect(written.revision).to.be.above(last);
            last = written.revision;
            if (write === 'delete') model.delete(key);
            else model.set(key, written);
          }
          const marker = await store.create(task('marker', ''), NEVER);
          await shown(store, 'marker', marker);
          model.set('marker', marker);
          expect(
            [...nodeOf(store.objects).entries()]
              .map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`)
              .toSorted(),
          ).to.deep.equal([...model].map(([key, { revision }]) => `${key} ${revision}`).toSorted());
          expect(versions).to.deep.equal([...new Set(versions)].toSorted((a, b) => a - b));
          subscription.unsubscribe();
        }),
        { numRuns: histories },
      );
    });
  });
}
