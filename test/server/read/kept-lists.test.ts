/** What a list costs that was read before: counts of encoded rows and of parts that are sent again as they are. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import { bodyOf, pageOf } from '../../../src/server/read/list.ts';
import type { Representation } from '../../../src/server/read/representations.ts';
import { Selection } from '../../../src/server/read/selection.ts';
import type { ServedView } from '../../../src/server/read/served-view.ts';
import { VisibleNamespaces } from '../../../src/server/read/visible-namespaces.ts';
import { parseFieldSelector } from '../../../src/server/wire/field-selector.ts';
import { humanAge, timeOf } from '../../../src/server/wire/human-age.ts';
import { parseLabelSelector } from '../../../src/server/wire/label-selector.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const COUNT = 1000;
const OBJECT: Representation = { as: 'object' };
const METADATA: Representation = { as: 'partial', version: 'v1' };
const TABLE: Representation = { as: 'table', version: 'v1', includeObject: 'Metadata' };
const { signal } = new AbortController();

describe('a list that was read before', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let served: ServedView;

  const start = async (objects: V1Pod[], options: { listCacheBytes?: number } = {}): Promise<void> => {
    pods = fakeInformer(...objects);
    test = await TestServer.listening({ resources: [podSummaries(pods)], ...options });
    const [only] = viewsOf(test.server);
    if (only === undefined) throw new Error('no resource is served');
    served = only;
  };
  const named = (number: number): string => `${number % 2 === 0 ? 'bank' : 'shop'}/p${String(number).padStart(4, '0')}`;

  afterEach(() => test.close());

  interface Asked {
    readonly form?: Representation;
    readonly namespace?: string;
    readonly labels?: string;
    readonly limit?: number;
    readonly visible?: VisibleNamespaces;
  }

  /** The parts of a body, without the start and the end of the list. */
  async function parts({ form = OBJECT, namespace = '', labels = '', limit = 0, visible }: Asked = {}): Promise<
    Buffer[]
  > {
    const selection = new Selection(served, {
      namespace,
      labelSelector: parseLabelSelector(labels),
      fieldSelector: parseFieldSelector(''),
      visible,
    });
    const page = await pageOf(served.view.snapshot(), selection, { limit, start: undefined, signal });
    return (await bodyOf(served, page, form, signal)).slice(1, -1).map(({ bytes }) => bytes);
  }

  /** The number of parts whose memory is not that of a part of another body. */
  const fresh = (body: readonly Buffer[], before: readonly Buffer[]): number => {
    const known = new Set(before.map(({ buffer }) => buffer));
    return body.filter(({ buffer }) => !known.has(buffer)).length;
  };

  describe('without a change', () => {
    beforeEach(() => start(Array.from({ length: COUNT }, (_, number) => pod(named(number)))));

    for (const form of [OBJECT, METADATA, TABLE]) {
      it(`copies nothing and has few parts, as ${form.as}`, async () => {
        const whole = await parts({ form });
        expect(whole.length).to.be.below(COUNT / 30);
        const visible = new VisibleNamespaces(['shop', 'none']);
        for (const asked of [{}, { namespace: 'shop' }, { namespace: 'bank' }, { limit: 70 }, { visible }]) {
          const body = await parts({ form, ...asked });
          expect(fresh(body, whole), JSON.stringify(asked)).to.equal(0);
        }
      });
    }

    it('encodes the rows of a leaf again for a list with a selector', async () => {
      const whole = await parts();
      const body = await parts({ labels: '!absent' });
      expect(fresh(body, whole)).to.equal(body.length);
    });
  });

  describe('after a change', () => {
    beforeEach(() => start(Array.from({ length: COUNT }, (_, number) => pod(named(number)))));

    for (const form of [OBJECT, METADATA, TABLE]) {
      it(`makes one leaf anew, as ${form.as}`, async () => {
        const whole = await parts({ form });
        for (const change of [() => pods.modify(pod(named(7), { phase: 'Failed' })), () => pods.delete(named(8))]) {
          const before = await parts({ form });
          change();
          expect(fresh(await parts({ form }), before)).to.equal(1);
        }
        pods.relist();
        expect(fresh(await parts({ form }), whole)).to.be.at.most(2);
      });
    }

    it('keeps no bytes of a leaf that was replaced, although the log has its rows', async () => {
      await parts({ form: METADATA });
      const before = served.view.snapshot().rows;
      const { budget } = served;
      const full = budget.bytes;
      pods.modify(pod(named(7), { phase: 'Failed' }));
      expect(budget.bytes).to.be.within(full * 0.9, full - 1000);
      for (const { leaf } of before.leaves('')) expect(leaf.isRetired ? leaf.kept.size : 0).to.equal(0);
      pods.gone();
      expect(budget.bytes).to.equal(0);
    });

    it('keeps the bytes of rows in the log apart from those of leaves', async () => {
      await parts();
      pods.modify(pod(named(7), { phase: 'Failed' }));
      const [leaf] = await parts();
      const row = served.view.get(named(7));
      expect(row?.bytes.buffer.byteLength).to.be.above(row?.bytes.length ?? 0);
      expect(leaf).to.not.equal(undefined);
      pods.delete(named(7));
      expect(row?.bytes.buffer.byteLength).to.equal(row?.bytes.length);
    });
  });

  it('is encoded again if the budget has no room for it', async () => {
    await start(
      Array.from({ length: COUNT }, (_, number) => pod(named(number))),
      { listCacheBytes: 0 },
    );
    const whole = await parts({ form: METADATA });
    expect(fresh(await parts({ form: METADATA }), whole)).to.equal(whole.length);
    // The JSON of rows is on no budget: it is the only copy.
    const objects = await parts();
    expect(fresh(await parts(), objects)).to.equal(0);
  });

  it('has the body that is made from scratch, in every form, after any changes', async function () {
    this.timeout(120_000);
    await start([]);
    const change = fc.record({
      key: fc.nat(150).map((number) => `n${number % 4}/k${number}`),
      what: fc.constantFrom('put', 'put', 'put', 'delete', 'relist', 'time'),
      seconds: fc.constantFrom(1, 59, 600, 100_000),
      label: fc.constantFrom('a', 'b'),
      size: fc.constantFrom(1, 1, 1, 700, 30_000),
    });
    const asked = fc.record({
      accept: fc.constantFrom(
        'application/json',
        'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
        'application/json;as=Table;v=v1;g=meta.k8s.io',
      ),
      namespace: fc.constantFrom('', '', 'n1', 'n3', 'none'),
      query: fc.constantFrom('', 'limit=7', 'limit=64', 'labelSelector=side%3Da', 'fieldSelector=metadata.name%3Dk5'),
      gzip: fc.boolean(),
      http2: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(change, { maxLength: 30 }), asked), { maxLength: 12 }),
        async (steps) => {
          for (const [changes, { accept, namespace, query, gzip, http2 }] of steps) {
            for (const { key, what, label, size, seconds } of changes) {
              const exists = served.view.get(key) !== undefined;
              const object = pod(key, { labels: { side: label }, annotations: { text: 'x'.repeat(size) } });
              if (what === 'time') test.clock.advance(seconds * 1000);
              else if (what === 'relist') pods.relist();
              else if (what === 'delete') exists && pods.delete(key);
              else if (exists) pods.modify(object);
              else pods.add(object);
            }
            const path = `${BASE}/${namespace === '' ? '' : `namespaces/${namespace}/`}podsummaries?${query}`;
            const headers = { accept, 'accept-encoding': gzip ? 'gzip' : 'identity' };
            const body = http2 ? (await test.http2.request(path, headers)).text : (await test.get(path, headers)).text;
            expect(JSON.parse(body)).to.deep.equal(expected(accept, namespace, query, JSON.parse(body)));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  /** Returns the list that should have been sent, from the rows of the view. The metadata of the list has its own tests. */
  function expected(
    accept: string,
    namespace: string,
    query: string,
    sent: { metadata: object; columnDefinitions?: object },
  ): object {
    const limit = /limit=(\d+)/.exec(query)?.[1];
    const rows = Array.from(served.view.snapshot().rows.range(''))
      .filter((row) => namespace === '' || row.namespace === namespace)
      .filter(({ object }) => !query.includes('label') || object.metadata.labels?.['side'] === 'a')
      .filter(({ name }) => !query.includes('name') || name === 'k5')
      .slice(0, limit === undefined ? undefined : Number(limit))
      .map(({ object }): Record<string, any> => JSON.parse(JSON.stringify(object)));
    const { metadata } = sent;
    if (accept.includes('as=')) {
      const partial = rows.map(({ metadata: of }) => ({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: of,
      }));
      if (accept.includes('Partial')) {
        return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: partial };
      }
      const cells = rows.map((row, index) => ({
        cells: [
          row['metadata'].name,
          row['status'].phase,
          humanAge(timeOf(row['metadata'].creationTimestamp), test.clock.now()),
        ],
        object: partial[index],
      }));
      const { columnDefinitions } = sent;
      return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows: cells };
    }
    return { kind: 'PodSummaryList', apiVersion: 'example.com/v1', metadata, items: rows };
  }
});
