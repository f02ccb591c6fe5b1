import { expect } from 'chai';
import {
  finalizerWarnings,
  metadataCauses,
  withDistinctOwners,
} from '../../../../src/server/wire/writes/metadata-causes.ts';

const told = (metadata: object): string[] =>
  [...metadataCauses({ metadata: { name: 'a', ...metadata } }, 'subdomain')].map(
    ({ reason, field, message }) => `${reason} ${field} ${message}`,
  );
const owner = (more: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u', ...more });

describe('metadataCauses()', () => {
  for (const [what, metadata] of [
    ['labels', { labels: { a: '', 'example.com/b': 'C_d' } }],
    ['annotations of any text and case', { annotations: { 'A.b/C': '\n<>' } }],
    ['annotations as long as they may be', { annotations: { a: 'x'.repeat(262_143) } }],
    ['owners', { ownerReferences: [owner(), owner({ controller: true }), owner({ apiVersion: 'apps/v1' })] }],
    [
      'a kind of another group that is called Event',
      { ownerReferences: [owner({ kind: 'Event', apiVersion: 'a.b/v1' })] },
    ],
    ['finalizers', { finalizers: ['example.com/a', 'orphan'] }],
    ['a beginning of a name that ends in a hyphen', { generateName: 'job-' }],
  ] as const) {
    it(`accepts ${what}`, () => {
      expect(told(metadata)).to.deep.equal([]);
    });
  }

  for (const [what, metadata, causes] of [
    ['no name', { name: '' }, [/^FieldValueRequired metadata.name Required value: name or generateName is required$/]],
    [
      'bad names',
      { name: 'A', generateName: 'B_' },
      [
        /^FieldValueInvalid metadata.generateName Invalid value: "B_": /,
        /^FieldValueInvalid metadata.name Invalid value: "A": /,
      ],
    ],
    ['a name that is too long', { name: 'a'.repeat(254) }, [/must be no more than 253 characters$/]],
    [
      'an empty key',
      { labels: { '': 'x' } },
      [/metadata.labels Invalid value: "": name part must be non-empty$/, /name part must consist of/],
    ],
    [
      'a key and its value',
      { labels: { '-a': 'b-' } },
      [/Invalid value: "-a": name part/, /Invalid value: "b-": a valid label/],
    ],
    [
      'annotations that are too long',
      { annotations: { a: 'x'.repeat(131_072), b: 'x'.repeat(131_071) } },
      [/^FieldValueTooLong metadata.annotations Too long: may not be more than 262144 bytes$/],
    ],
    [
      'an owner that is none',
      { ownerReferences: [{}] },
      [
        /metadata.ownerReferences.apiVersion Invalid value: "": version must not be empty$/,
        /metadata.ownerReferences.kind Invalid value: "": must not be empty$/,
        /metadata.ownerReferences.name Invalid value: "": must not be empty$/,
        /metadata.ownerReferences.uid Invalid value: "": must not be empty$/,
      ],
    ],
    ['an owner of no version', { ownerReferences: [owner({ apiVersion: 'a/b/c' })] }, [/"a\/b\/c": version must not/]],
    [
      'an event that owns',
      { ownerReferences: [owner({ kind: 'Event' })] },
      [
        /metadata.ownerReferences Invalid value: \{"apiVersion":"v1".*\}: \/v1, Kind=Event is disallowed from being an owner$/,
      ],
    ],
    [
      'two controllers',
      { ownerReferences: [owner({ controller: true }), owner({ name: 'p', controller: true })] },
      [
        /Only one reference can have Controller set to true. Found "true" in references for ConfigMap\/o and ConfigMap\/p$/,
      ],
    ],
    ['a finalizer that is none', { finalizers: ['a b'] }, [/metadata.finalizers Invalid value: "a b": name part/]],
    [
      'finalizers that exclude each other',
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [/Invalid value: \["orphan","foregroundDeletion"\]: finalizer orphan and foregroundDeletion cannot be both set$/],
    ],
  ] as const) {
    it(`rejects ${what}`, () => {
      const found = told(metadata);
      expect(found).to.have.length(causes.length);
      for (const [index, cause] of causes.entries()) expect(found[index]).to.match(cause);
    });
  }
});

const ownerOf = (uid: string): { apiVersion: string; kind: string; name: string; uid: string } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'o',
  uid,
});

describe('finalizerWarnings()', () => {
  it('warns about new finalizers without a domain, except those of the garbage collector', () => {
    const object = { metadata: { finalizers: ['mine', 'yours', 'orphan', 'example.com/a'] } };
    expect(finalizerWarnings(object, { metadata: { finalizers: ['yours'] } })).to.deep.equal([
      'metadata.finalizers: "mine": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
    ]);
    expect(finalizerWarnings({})).to.deep.equal([]);
  });
});

describe('withDistinctOwners()', () => {
  it('returns an object without duplicate owners unchanged', () => {
    const object = { metadata: { ownerReferences: [ownerOf('a'), ownerOf('b')] } };
    expect(withDistinctOwners(object)).to.deep.equal({ object, warnings: [] });
  });

  it('keeps the first of equal owners and names the duplicates', () => {
    const object = { metadata: { name: 'x', ownerReferences: [ownerOf('a'), ownerOf('b'), ownerOf('a')] } };
    const { object: distinct, warnings } = withDistinctOwners(object);
    expect(distinct.metadata).to.deep.equal({ name: 'x', ownerReferences: [ownerOf('a'), ownerOf('b')] });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/contains duplicate entries; .* duplicate UID\(s\) observed: a$/);
  });
});
