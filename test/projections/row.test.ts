import { expect } from 'chai';
import fc from 'fast-check';
import type { SourceStamp } from '../../src/informers/collection/lineage.ts';
import { RowRefusedError } from '../../src/projections/errors.ts';
import { type Row, RowEncoder, rowJson } from '../../src/projections/row.ts';
import { rowUid } from '../../src/projections/uid.ts';
import { pod } from '../../src/testing/informers/index.ts';

const IDENTITY = { group: 'example.com', version: 'v1', kind: 'Row', namespaced: true };
const STAMP: SourceStamp = { version: '7', uid: 'source-uid', apiVersion: 'v1', kind: 'Pod' };
const encoder = new RowEncoder(IDENTITY);
const metadata = { name: 'web', namespace: 'shop' };
const encode = (projected: unknown, old?: Row, position = 100n): Row =>
  encoder.encode('shop/web', projected, { stamp: STAMP, position, old });

describe('RowEncoder', () => {
  describe('encode()', () => {
    it('makes an API object with the fields that the framework sets', () => {
      const row = encode({ metadata: { ...metadata, labels: { app: 'web' } }, phase: 'Running' });
      expect(row.object).to.deep.equal({
        apiVersion: 'example.com/v1',
        kind: 'Row',
        metadata: {
          resourceVersion: '100',
          name: 'web',
          namespace: 'shop',
          labels: { app: 'web' },
          uid: rowUid('example.com', 'Row', 'shop/web', 'source-uid'),
        },
        phase: 'Running',
      });
      expect([row.key, row.namespace, row.name, row.position]).to.deep.equal(['shop/web', 'shop', 'web', 100n]);
    });

    it('has only the version as apiVersion in the core group', () => {
      const core = new RowEncoder({ ...IDENTITY, group: '' });
      expect(core.encode('shop/web', { metadata }, { stamp: STAMP, position: 1n }).object.apiVersion).to.equal('v1');
    });

    for (const [what, projected] of [
      ['no content', { metadata }],
      ['content that is undefined', { metadata, spec: undefined }],
      ['unicode', { metadata: { ...metadata, annotations: { size: 'größe 大' } }, text: '\u2028 𝄞 \ud800 é' }],
      ['quotes and escapes', { metadata, text: '"},{"\\\n\u0000', 'a"b': 1 }],
      ['empty and undefined values', { metadata, a: {}, b: [], c: null, d: [undefined], e: Number.NaN }],
      ['numbers', { metadata, a: 1e21, b: -0, c: 0.1 }],
    ] as const) {
      it(`has the bytes of the object as JSON, with ${what}`, () => {
        const row = encode(projected);
        expect(row.bytes.toString()).to.equal(JSON.stringify(row.object));
      });
    }

    it('has the bytes of any object as JSON', () => {
      const content = fc.dictionary(
        fc
          .string({ unit: 'binary' })
          .filter((field) => !/^(\d+|metadata|apiVersion|kind|toJSON|__proto__)$/.test(field)),
        fc.jsonValue(),
      );
      fc.assert(
        fc.property(content, fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string()), (fields, annotations) => {
          const row = encode({ metadata: { ...metadata, annotations }, ...fields });
          expect(row.bytes.toString()).to.equal(JSON.stringify(row.object));
          const moved = encoder.at(row, 123_456n);
          expect(moved.bytes.toString()).to.equal(JSON.stringify(moved.object));
          expect(encode({ metadata: { ...metadata, annotations }, ...fields }, row, 101n)).to.equal(row);
        }),
      );
    });

    it('replaces fields that were copied from the source', () => {
      const source = pod('shop/web', { uid: 'source-uid', resourceVersion: '7', node: 'n1' });
      const { object } = encode({ ...source, metadata: { ...source.metadata, selfLink: '/api/v1/…' } });
      expect([object.apiVersion, object.kind]).to.deep.equal(['example.com/v1', 'Row']);
      expect(object.metadata).to.include({ resourceVersion: '100' });
      expect(object.metadata.uid).to.not.equal('source-uid');
      expect(object.metadata).to.not.have.property('selfLink');
      expect(object).to.have.nested.property('spec.nodeName', 'n1');
    });

    it('accepts values that are correct already', () => {
      expect(encode({ apiVersion: 'example.com/v1', kind: 'Row', metadata }).object.kind).to.equal('Row');
    });

    for (const [what, projected, reason] of [
      ['a foreign kind', { kind: 'Other', metadata }, 'kind is "Other"; the framework sets it to "Row"'],
      ['a foreign apiVersion', { apiVersion: 'x/v1', metadata }, 'apiVersion is "x/v1"; the framework sets it'],
      ['a foreign uid', { metadata: { ...metadata, uid: 'mine' } }, 'metadata.uid is "mine"'],
      ['a foreign version', { metadata: { ...metadata, resourceVersion: '8' } }, 'metadata.resourceVersion is "8"'],
      ['a string', 'web', 'a row must be an object, not string'],
      ['null', null, 'a row must be an object, not object'],
      ['an array', [], 'a row must be an object, not an array'],
      ['no metadata', { phase: 'Running' }, 'metadata: identity(object) gives it'],
      ['metadata that is null', { metadata: null }, 'a row needs metadata'],
      ['no name', { metadata: { namespace: 'shop' } }, 'metadata.name is missing, not "web"'],
      ['a name that is not a string', { metadata: { ...metadata, name: 5 } }, 'metadata.name is 5, not "web"'],
      ['another name', { metadata: { ...metadata, name: 'db' } }, 'metadata.name is "db", not "web"'],
      ['another namespace', { metadata: { ...metadata, namespace: 'x' } }, 'metadata.namespace is "x", not "shop"'],
      ['no namespace', { metadata: { name: 'web' } }, 'metadata.namespace is missing, not "shop"'],
      ['a toJSON function', { metadata, toJSON: () => 'x' }, 'toJSON'],
      ['a bigint', { metadata, n: 1n }, 'n is a bigint'],
      [
        'labels that are not texts',
        { metadata: { ...metadata, labels: { a: 1 } } },
        'ObjectMeta.labels of type string',
      ],
      ['labels that are a list', { metadata: { ...metadata, labels: [] } }, 'ObjectMeta.labels of type map'],
      [
        'annotations that are not texts',
        { metadata: { ...metadata, annotations: { a: {} } } },
        'ObjectMeta.annotations',
      ],
      ['an age that is not a time', { metadata: { ...metadata, creationTimestamp: 'today' } }, 'parsing time "today"'],
      ['an age that is a number', { metadata: { ...metadata, creationTimestamp: 5 } }, 'ObjectMeta.creationTimestamp'],
      [
        'an end that is not a time',
        { metadata: { ...metadata, deletionTimestamp: '2026-02-30T00:00:00Z' } },
        'parsing',
      ],
      ['finalizers that are a text', { metadata: { ...metadata, finalizers: 'a' } }, 'ObjectMeta.finalizers'],
      ['owners that are an object', { metadata: { ...metadata, ownerReferences: {} } }, 'ObjectMeta.ownerReferences'],
      ['an owner that is a text', { metadata: { ...metadata, ownerReferences: ['a'] } }, 'v1.OwnerReference'],
      ['a generation that is a text', { metadata: { ...metadata, generation: '1' } }, 'ObjectMeta.generation'],
      ['a generateName that is a flag', { metadata: { ...metadata, generateName: true } }, 'ObjectMeta.generateName'],
    ] as const) {
      it(`refuses ${what}`, () => {
        expect(() => encode(projected)).to.throw(TypeError, reason);
      });
    }

    for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers', 'creationTimestamp', 'generation']) {
      it(`treats ${field}: null as absent`, () => {
        const row = encode({ metadata: { ...metadata, [field]: null } });
        expect(row.bytes.toString()).to.equal(encode({ metadata }).bytes.toString());
        expect(row.object.metadata).to.not.have.property(field, null);
      });
    }

    it('treats labels and annotations with the value null or undefined as absent', () => {
      const row = encode({
        metadata: { ...metadata, labels: { a: null, b: 'c', d: undefined }, annotations: { a: null } },
      });
      expect(JSON.parse(row.bytes.toString()).metadata).to.deep.include({ labels: { b: 'c' }, annotations: {} });
      expect(row.object.metadata.labels).to.not.have.property('a');
    });

    it('writes dates as texts, and treats an invalid date as absent', () => {
      const at = (date: Date): unknown =>
        encode({ metadata: { ...metadata, creationTimestamp: date } }).object.metadata;
      expect(at(new Date(0))).to.deep.include({ creationTimestamp: '1970-01-01T00:00:00.000Z' });
      expect(at(new Date(Number.NaN))).to.deep.include({ creationTimestamp: undefined });
    });

    it('replaces any values if the source is unknown', () => {
      const row = encoder.encode(
        'shop/web',
        { kind: 'Pod', metadata: { ...metadata, uid: 'u' } },
        { stamp: undefined, position: 1n },
      );
      expect(row.object.kind).to.equal('Row');
      expect(row.object.metadata.uid).to.equal(rowUid('example.com', 'Row', 'shop/web', undefined));
    });

    it('requires a namespace for namespaced rows, and refuses one for others', () => {
      const clusterScoped = new RowEncoder({ ...IDENTITY, namespaced: false });
      expect(() => encoder.encode('web', { metadata: { name: 'web' } }, { stamp: STAMP, position: 1n })).to.throw(
        'Row is namespaced',
      );
      expect(() => clusterScoped.encode('shop/web', { metadata }, { stamp: STAMP, position: 1n })).to.throw(
        'Row is cluster-scoped',
      );
      expect(
        clusterScoped.encode('web', { metadata: { name: 'web' } }, { stamp: STAMP, position: 1n }).namespace,
      ).to.equal('');
    });
  });

  describe('encode(), with the old row', () => {
    const old = encode({ metadata: { ...metadata, resourceVersion: '7' }, a: 1, b: { c: 2, d: 3 } });

    for (const [what, projected] of [
      ['the same', { metadata, a: 1, b: { c: 2, d: 3 } }],
      ['another copied version', { metadata: { ...metadata, resourceVersion: '7' }, a: 1, b: { c: 2, d: 3 } }],
      ['another order of fields', { b: { d: 3, c: 2 }, a: 1, metadata: { namespace: 'shop', name: 'web' } }],
      ['a field more that is undefined', { metadata, a: 1, b: { c: 2, d: 3, e: undefined }, f: undefined }],
    ] as const) {
      it(`returns the old row for ${what}`, () => {
        expect(encode(projected, old, 101n)).to.equal(old);
      });
    }

    for (const [what, projected] of [
      ['another value', { metadata, a: 1, b: { c: 2, d: 4 } }],
      ['a field less', { metadata, a: 1 }],
      ['a label more', { metadata: { ...metadata, labels: {} }, a: 1, b: { c: 2, d: 3 } }],
      ['another order in an array', { metadata, a: [1, 2] }],
    ] as const) {
      it(`returns a new row for ${what}`, () => {
        const row = encode(projected, old, 101n);
        expect(row).to.not.equal(old);
        expect(row.object.metadata.resourceVersion).to.equal('101');
      });
    }

    it('returns a new row when the source was re-created', () => {
      const again = encoder.encode(
        'shop/web',
        { metadata, a: 1, b: { c: 2, d: 3 } },
        { stamp: { ...STAMP, uid: 'v' }, position: 101n, old },
      );
      expect(again.object.metadata.uid).to.not.equal(old.object.metadata.uid);
    });
  });

  describe('at()', () => {
    it('has the same content at another position, as object and as bytes', () => {
      const row = encode({ metadata, text: 'é"' });
      const moved = encoder.at(row, 2n ** 62n);
      expect(moved.position).to.equal(2n ** 62n);
      expect(moved.object).to.deep.equal({
        ...row.object,
        metadata: { ...row.object.metadata, resourceVersion: String(2n ** 62n) },
      });
      expect(moved.bytes.toString()).to.equal(JSON.stringify(moved.object));
      expect(row.object.metadata.resourceVersion).to.equal('100');
    });

    it('returns the row itself at its own position', () => {
      const row = encode({ metadata });
      expect(encoder.at(row, 100n)).to.equal(row);
    });
  });
});

const ADVICE = 'is a bigint, which JSON does not support; formatCpu() or formatBytes()';

describe('rowJson()', () => {
  it('returns JSON', () => expect(rowJson({ a: [1, undefined], b: undefined }, '')).to.equal('{"a":[1,null]}'));

  for (const [part, path, place] of [
    [{ cpu: 1n }, '', 'cpu'],
    [{ spec: { a: 'x' }, status: { cpu: 1n } }, '', 'status.cpu'],
    [{ status: { nodes: [{ cpu: 1 }, { cpu: 2n }] } }, '', 'status.nodes[1].cpu'],
    [{ labels: { size: 2n } }, 'metadata', 'metadata.labels.size'],
    [{ text: { toJSON: () => 'text', size: 1n }, size: 2n }, '', 'size'],
  ] as const) {
    it(`names the bigint at ${place}, and the functions that format it`, () => {
      expect(() => rowJson(part, path)).to.throw(RowRefusedError, `${place} ${ADVICE}`);
    });
  }

  it('rethrows other errors', () => {
    const ring: { self?: unknown } = {};
    ring.self = ring;
    expect(() => rowJson(ring, ''))
      .to.throw(TypeError, 'circular')
      .and.not.be.instanceOf(RowRefusedError);
    const own = { toJSON: (): never => expect.fail('no luck'), size: 1 };
    expect(() => rowJson(own, '')).to.throw('no luck');
  });
});

describe('RowEncoder, with bigints', () => {
  const clusterScoped = new RowEncoder({ group: 'example.com', version: 'v1', kind: 'Row', namespaced: false });

  for (const [row, place] of [
    [{ metadata: { name: 'a' }, status: { cpu: 1n } }, 'status.cpu'],
    [{ metadata: { name: 'a', annotations: { size: 1n } } }, 'metadata.annotations.size'],
  ] as const) {
    it(`refuses the row and names ${place}`, () => {
      expect(() => clusterScoped.encode('a', row, { stamp: undefined, position: 1n })).to.throw(
        RowRefusedError,
        `${place} ${ADVICE}`,
      );
    });
  }
});
