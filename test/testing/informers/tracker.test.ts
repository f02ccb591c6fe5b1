import { expect } from 'chai';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer } from '../../../src/testing/informers/fake-informer.ts';
import { pod } from '../../../src/testing/informers/objects.ts';
import { track } from '../../../src/testing/informers/tracker.ts';

describe('track()', () => {
  it('fails on a missing, additional or misplaced event, with both lists in the message', () => {
    const pods = fakeInformer(pod('a/a'), pod('a/b'), pod('a/c'));
    const events = track(pods);
    expect(() => events.expect('ADDED a/a', 'ADDED a/x', 'ADDED a/c'))
      .to.throw('- ADDED a/x')
      .with.property('name', 'AssertionError');
    pods.delete('a/a');
    expect(() => events.expect()).to.throw('+ DELETED a/a');
    expect(() => events.expect('DELETED a/a')).to.throw('- DELETED a/a');
    pods.delete('a/b');
    pods.delete('a/c');
    expect(() => events.expect('DELETED a/c', 'DELETED a/b')).to.throw(/unexpected events/);
  });

  it('shows the common lines in the diff', () => {
    const pods = fakeInformer(pod('a/a'), pod('a/b'), pod('a/c'));
    const events = track(pods);
    expect(() => events.expect('ADDED a/a', 'ADDED a/c')).to.throw('  ADDED a/a\n+ ADDED a/b\n  ADDED a/c');
  });

  it('compares only the events since the last expect() or clear()', () => {
    const pods = fakeInformer(pod('a/a'));
    const events = track(pods);
    events.expect('ADDED a/a');
    events.expect();
    pods.add(pod('a/b'));
    events.clear();
    events.expect();
  });

  it('names the rows that could not be made, in errors and in its failure', () => {
    const pods = fakeInformer(pod('a/b'), pod('a/a'), pod('a/c'));
    const events = track(pods.pipe(map((one) => (one.metadata?.name === 'c' ? one : undefined))));
    events.expect('ADDED a/c');
    expect(events.errors).to.deep.equal([
      'pods | map: no row for a/a: the projection returned undefined',
      'pods | map: no row for a/b: the projection returned undefined',
    ]);
    expect(() => events.expect('ADDED a/a')).to.throw(
      '\n! pods | map: no row for a/a: the projection returned undefined',
    );
    pods.delete('a/a');
    pods.delete('a/b');
    expect(events.errors).to.deep.equal([]);
  });

  it('records nothing after stop()', () => {
    const pods = fakeInformer(pod('a/a'));
    const events = track(pods);
    events.clear();
    events.stop();
    pods.delete('a/a');
    events.expect();
  });
});
