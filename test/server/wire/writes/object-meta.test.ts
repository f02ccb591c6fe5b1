import { expect } from 'chai';
import { readObjectMeta } from '../../../../src/server/wire/writes/object-meta.ts';

describe('readObjectMeta()', () => {
  it('keeps fields of the right type', () => {
    const metadata = {
      name: 'a',
      labels: { a: 'b' },
      generation: 3,
      creationTimestamp: '2001-02-03T04:05:06Z',
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u', controller: true }],
      finalizers: ['example.com/a'],
      managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }],
    };
    expect(readObjectMeta(metadata)).to.deep.equal({ value: metadata, unknown: [] });
  });

  it('drops unknown fields and reports their paths', () => {
    const read = readObjectMeta({ name: 'a', frob: 1, ownerReferences: [{ uid: 'u' }, { uid: 'v', frob: 1 }] });
    expect(read).to.deep.equal({
      value: { name: 'a', ownerReferences: [{ uid: 'u' }, { uid: 'v' }] },
      unknown: ['metadata.frob', 'metadata.ownerReferences[1].frob'],
    });
  });

  it('treats null as missing', () => {
    expect(readObjectMeta(null)).to.deep.equal({ value: {}, unknown: [] });
    expect(readObjectMeta({ name: null, labels: null, finalizers: null })).to.deep.equal({ value: {}, unknown: [] });
    expect(readObjectMeta({ labels: { a: null } })).to.deep.equal({ value: { labels: { a: '' } }, unknown: [] });
  });

  it('keeps times in whole seconds of UTC', () => {
    expect(readObjectMeta({ creationTimestamp: '2001-02-03T04:05:06.789+01:00' })).to.deep.include({
      value: { creationTimestamp: '2001-02-03T03:05:06Z' },
    });
  });

  it('treats names of prototypes as names', () => {
    const { labels } = JSON.parse('{"labels":{"__proto__":"x","toString":"y"}}');
    const read = readObjectMeta({ labels, toString: 1 });
    expect(JSON.stringify(read)).to.equal(
      '{"value":{"labels":{"__proto__":"x","toString":"y"}},"unknown":["metadata.toString"]}',
    );
  });

  for (const [metadata, problem] of [
    ['text', 'json: cannot unmarshal string into Go value of type v1.ObjectMeta'],
    [[], 'json: cannot unmarshal array into Go value of type v1.ObjectMeta'],
    [{ name: 7 }, 'json: cannot unmarshal number into Go struct field ObjectMeta.name of type string'],
    [{ labels: 'x' }, 'json: cannot unmarshal string into Go struct field ObjectMeta.labels of type map[string]string'],
    [{ labels: { a: 1 } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string'],
    [{ finalizers: 'x' }, 'json: cannot unmarshal string into Go struct field ObjectMeta.finalizers of type []string'],
    [{ finalizers: [true] }, 'json: cannot unmarshal bool into Go struct field ObjectMeta.finalizers of type string'],
    [{ generation: 1.5 }, 'json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.generation of type int64'],
    [
      { ownerReferences: {} },
      'json: cannot unmarshal object into Go struct field ObjectMeta.ownerReferences of type []v1.OwnerReference',
    ],
    [
      { ownerReferences: [{ controller: 'yes' }] },
      'json: cannot unmarshal string into Go struct field OwnerReference.controller of type bool',
    ],
    [{ deletionTimestamp: 'yesterday' }, 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse it'],
    [{ managedFields: ['x'] }, 'json: cannot unmarshal string into Go value of type v1.ManagedFieldsEntry'],
  ] as const) {
    it(`rejects ${JSON.stringify(metadata)}`, () => {
      expect(readObjectMeta(metadata)).to.deep.equal({ problem });
    });
  }
});
