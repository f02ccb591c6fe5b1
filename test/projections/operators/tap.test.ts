import { expect } from 'chai';
import { tap } from '../../../src/projections/operators/tap.ts';
import { fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

describe('tap()', () => {
  it('calls the function with every batch, the snapshot first, and changes nothing', () => {
    const values = fakeInformer(value('a', 1));
    const seen: string[] = [];
    const events = track(
      values.pipe(tap(({ cause, changes }) => seen.push(`${cause.type} ${changes.map(({ key }) => key).join()}`))),
      ({ n }) => n,
    );
    values.add(value('b', 2));
    values.modify(value('a', 3));
    values.delete('b');
    values.relist();
    events.expect('ADDED a 1', 'ADDED b 2', 'MODIFIED a 3', 'DELETED b 2');
    expect(seen).to.deep.equal(['SNAPSHOT a', 'EVENT b', 'EVENT a', 'EVENT b', 'RELIST ']);
  });

  it('is not part of the fingerprint of a projection', () => {
    const [one, two] = [
      fakeInformer(value('a', 1)).pipe(tap(() => {})),
      fakeInformer(value('a', 1)).pipe(tap(() => 1)),
    ];
    expect(nodeOf(one).lineage?.steps).to.deep.equal(nodeOf(two).lineage?.steps);
  });

  it('ends the pipeline when it throws, and unsubscribes from its source', () => {
    const values = fakeInformer(value('a', 1));
    const rows = values.pipe(tap(({ cause }) => cause.type === 'EVENT' && expect.fail('no luck')));
    track(rows);
    values.modify(value('a', 2));
    expect(nodeOf(rows).failure?.message).to.equal('fake | tap: an operator failed: no luck');
    expect(rows.hasSynced).to.equal(false);
  });
});
