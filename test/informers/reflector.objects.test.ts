/** The reflector trims, transforms and checks single objects before it writes them to the sink. */
import { expect } from 'chai';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { reflectorRig, stopRigs } from './reflector-rig.ts';

describe('Reflector', () => {
  afterEach(async () => {
    expect(await stopRigs()).to.deep.equal({ timers: 0, watches: 0, violations: [] });
  });

  describe('objects on the way to the sink', () => {
    const managed = (key: string): V1Pod => {
      const object = pod(key);
      return { ...object, metadata: { ...object.metadata, managedFields: [{ manager: 'kubectl' }] } };
    };

    it('lose their managedFields, listed or watched', async () => {
      const { upstream, clock, sink } = reflectorRig([managed('a/a')]);
      await clock.run(0);
      upstream.put(managed('a/b'));
      await clock.run(0);
      for (const row of sink.rows.values()) expect(row.metadata).to.not.have.property('managedFields');
      expect(sink.rows.size).to.equal(2);
    });

    it('keep them with the option keepManagedFields', async () => {
      const { clock, sink } = reflectorRig([managed('a/a')], { keepManagedFields: true });
      await clock.run(0);
      expect(sink.rows.get('a/a')?.metadata?.managedFields).to.have.length(1);
    });

    it('pass through the transform', async () => {
      const { upstream, clock, sink } = reflectorRig([pod('a/a')], {
        transform: ({ metadata = {} }) => ({ metadata }),
      });
      await clock.run(0);
      upstream.put(pod('a/b'));
      upstream.put(pod('a/a', { node: 'n1' }));
      await clock.run(0);
      for (const row of sink.rows.values()) expect(row).to.not.have.property('status');
    });

    it('are left out, counted and reported if they have no name', async () => {
      const { reflector, sink, upstream, clock } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.send({ type: 'ADDED', object: { metadata: { uid: 'u', resourceVersion: '102' } } });
      upstream.tick();
      upstream.put(pod('a/b'));
      await clock.run(0);
      expect(sink.rows).to.have.keys('a/a', 'a/b');
      expect(reflector.metrics).to.deep.include({ omittedObjects: 1, errors: {}, relists: 0 });
      expect(reflector.health.ready).to.equal(true);
      expect(reflector.health.message).to.contain('an object with uid "u" is left out: it has no metadata.name');
    });

    it('are left out and reported while the transform fails for them', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a'), pod('a/bad', { node: 'x' })], {
        transform: (object) => {
          if (object.spec?.nodeName === 'x') throw new Error('no x');
          return object;
        },
      });
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 102: a/a']);
      expect(reflector.health.message).to.equal('the transform failed for a/bad: no x');
      expect(reflector.health.ready).to.equal(true);
      upstream.put(pod('a/a', { node: 'x' }));
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['omit a/a 103']);
      expect(reflector.health.message).to.match(/and 1 more/);
      upstream.delete('a/a');
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['omit a/a 104']);
      expect(reflector.health.message).to.equal('the transform failed for a/bad: no x');
      upstream.delete('a/bad');
      await clock.run(0);
      expect(reflector.health.message).to.equal(undefined);
      expect(reflector.metrics.omittedObjects).to.equal(4);
    });

    it('are left out if the transform changes their identity', async () => {
      const { clock, sink, reflector } = reflectorRig([pod('a/a')], {
        transform: (object) => ({ ...object, metadata: { ...object.metadata, name: 'b' } }),
      });
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 101: ']);
      expect(reflector.health.message).to.match(/a\/a: it changed metadata.name/);
    });

    it('stay in order even if their versions exceed the safe integers', async () => {
      const { upstream, clock, sink, reflector, requests } = reflectorRig([]);
      await clock.run(5_000);
      sink.take();
      upstream.send({ type: 'ADDED', object: pod('a/a', { resourceVersion: '9223372036854775806' }) });
      upstream.send({ type: 'ADDED', object: pod('a/b', { resourceVersion: '9223372036854775807' }) });
      upstream.send({ type: 'MODIFIED', object: pod('a/b', { resourceVersion: '9223372036854775806' }) });
      upstream.endWatches();
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['ADDED a/a 9223372036854775806', 'ADDED a/b 9223372036854775807']);
      expect(reflector.metrics.droppedEvents).to.equal(1);
      expect(requests()).to.deep.equal(['watchlist', 'watch 9223372036854775807']);
    });
  });
});
