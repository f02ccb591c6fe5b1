import { expect } from 'chai';
import { finalizerWarnings, withDistinctOwners } from '../../../../src/server/wire/writes/metadata-warnings.ts';

const owner = (uid: string): { apiVersion: string; kind: string; name: string; uid: string } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'o',
  uid,
});

describe('finalizerWarnings()', () => {
  it('tells of new finalizers that are nobody’s, but not of those of the garbage collector', () => {
    const object = { metadata: { finalizers: ['mine', 'yours', 'orphan', 'example.com/a'] } };
    expect(finalizerWarnings(object, { metadata: { finalizers: ['yours'] } })).to.deep.equal([
      'metadata.finalizers: "mine": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
    ]);
    expect(finalizerWarnings({})).to.deep.equal([]);
  });
});

describe('withDistinctOwners()', () => {
  it('leaves an object alone whose owners are there once', () => {
    const object = { metadata: { ownerReferences: [owner('a'), owner('b')] } };
    expect(withDistinctOwners(object)).to.deep.equal({ object, warnings: [] });
  });

  it('keeps the first of equal owners and names them', () => {
    const object = { metadata: { name: 'x', ownerReferences: [owner('a'), owner('b'), owner('a')] } };
    const { object: distinct, warnings } = withDistinctOwners(object);
    expect(distinct.metadata).to.deep.equal({ name: 'x', ownerReferences: [owner('a'), owner('b')] });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/contains duplicate entries; .* duplicate UID\(s\) observed: a$/);
  });
});
