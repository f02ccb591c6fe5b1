import { expect } from 'chai';
import fc from 'fast-check';
import { isPlainObjectMeta, readObjectMeta } from '../../src/object-meta/object-meta.ts';

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
    expect(readObjectMeta({ labels: { a: undefined }, finalizers: undefined })).to.deep.include({
      value: { labels: {} },
    });
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
    ...['2001-02-30T00:00:00Z', '2001-02-03T24:00:00Z', '2001-02-03T00:00:00', '2001-02-03', ''].map(
      (text) =>
        [
          { creationTimestamp: text },
          `parsing time "${text}" as "2006-01-02T15:04:05Z07:00": cannot parse it`,
        ] as const,
    ),
    [{ managedFields: ['x'] }, 'json: cannot unmarshal string into Go value of type v1.ManagedFieldsEntry'],
  ] as const) {
    it(`rejects ${JSON.stringify(metadata)}`, () => {
      expect(readObjectMeta(metadata)).to.deep.equal({ problem });
    });
  }
});

describe('isPlainObjectMeta()', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      'a',
      '',
      '2026-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      null,
      undefined,
      1,
      {},
      [],
      ['a'],
    ),
    fc.dictionary(fc.string(), fc.constantFrom<unknown>('a', null, undefined, 1)),
  );
  const fields = ['name', 'labels', 'annotations', 'creationTimestamp', 'deletionTimestamp', 'finalizers', 'other'];

  it('accepts no metadata that readObjectMeta() rejects, and none with null', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), value), (metadata) => {
        if (!isPlainObjectMeta(metadata)) return;
        expect(readObjectMeta(metadata)).to.not.have.property('problem');
        expect(JSON.stringify(metadata)).to.not.contain('null');
      }),
    );
  });

  it('accepts the metadata of most rows', () => {
    const labels = { app: 'web', zone: undefined };
    expect(
      isPlainObjectMeta({ name: 'a', namespace: 'b', labels, creationTimestamp: '2026-02-28T23:59:59Z' }),
    ).to.equal(true);
  });
});
