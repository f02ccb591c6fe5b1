import { expect } from 'chai';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { InvalidObjectError, TransformError } from '../../src/informers/errors.ts';
import { Ingest, itemTypeOf } from '../../src/informers/ingest.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' };
const UNTYPED = { apiVersion: undefined, kind: undefined };

describe('itemTypeOf()', () => {
  it('removes the ending of the kind of a list', () => {
    expect(itemTypeOf({ apiVersion: 'v1', kind: 'PodList' })).to.deep.equal(POD);
    expect(itemTypeOf({ apiVersion: 'v1', kind: 'Table' })).to.deep.equal({ apiVersion: 'v1', kind: undefined });
  });
});

describe('Ingest', () => {
  it('adds the type, removes managedFields and keeps the original unchanged', () => {
    const raw = { metadata: { name: 'a', namespace: 'shop', resourceVersion: '7', managedFields: [{}] } };
    expect(new Ingest<SourceObject>({}).prepare(raw, POD)).to.deep.equal({
      key: 'shop/a',
      version: '7',
      object: { ...POD, metadata: { name: 'a', namespace: 'shop', resourceVersion: '7' } },
    });
    expect(raw.metadata.managedFields).to.have.length(1);
  });

  it('does not replace the type of the object', () => {
    const raw = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } };
    expect(new Ingest<SourceObject>({}).prepare(raw, POD)).to.deep.include({ object: raw });
  });

  it('has the version of the object as text, if it has one', () => {
    for (const version of ['7', '9223372036854775809', 'abc']) {
      const raw = { metadata: { name: 'a', resourceVersion: version } };
      expect(new Ingest<SourceObject>({}).prepare(raw, UNTYPED).version).to.equal(version);
    }
    for (const version of ['', '0', undefined]) {
      const raw = { metadata: { name: 'a', resourceVersion: version } };
      expect(new Ingest<SourceObject>({}).prepare(raw, UNTYPED).version).to.equal(undefined);
    }
  });

  for (const [raw, message] of [
    [{}, 'an object is left out: it has no metadata.name'],
    [{ metadata: null }, 'an object is left out: it has no metadata.name'],
    [{ metadata: {} }, 'an object is left out: it has no metadata.name'],
    [{ metadata: { name: '' } }, 'an object is left out: it has no metadata.name'],
    [{ metadata: { name: null, uid: 'u' } }, 'an object with uid "u" is left out: it has no metadata.name'],
    [{ metadata: { name: 5 } }, 'an object with name 5 is left out: its metadata.name is not a text'],
    [{ metadata: { name: 'a', namespace: {} } }, 'its metadata.namespace is not a text'],
    [{ metadata: { name: 'a', uid: 7 } }, 'its metadata.uid is not a text'],
    [{ metadata: { name: 'a', resourceVersion: 7 } }, 'its metadata.resourceVersion is not a text'],
    [null, 'an object is left out: it is not an object'],
    ['text', 'an object is left out: it is not an object'],
  ] as const) {
    it(`returns an error for ${JSON.stringify(raw)}`, () => {
      const result = new Ingest<SourceObject>({}).prepare(raw as SourceObject, UNTYPED);
      expect('error' in result && result.error).to.be.instanceOf(InvalidObjectError);
      expect('error' in result && result.error.message).to.contain(message);
    });
  }

  it('returns an error for an object that is nested too deeply', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const raw: SourceObject & { spec: unknown } = { metadata: { name: 'a' }, spec: deep };
    const result = new Ingest<SourceObject>({}).prepare(raw, UNTYPED);
    expect('error' in result && result.error).to.be.instanceOf(InvalidObjectError);
  });

  it('removes fields that are null, or keeps them with the option keepNulls', () => {
    const raw = { ...POD, metadata: { name: 'a', labels: null }, spec: { a: null, b: [null, { c: null }] } };
    const ingested = (options: { keepNulls?: boolean }): unknown =>
      new Ingest<SourceObject>(options).prepare(raw, UNTYPED);
    expect(ingested({})).to.deep.include({ object: { ...POD, metadata: { name: 'a' }, spec: { b: [null, {}] } } });
    expect(ingested({ keepNulls: true })).to.deep.include({ object: raw });
  });

  it('treats a namespace that is null as absent', () => {
    const raw = { metadata: { name: 'a', namespace: null } } as unknown as SourceObject;
    expect(new Ingest<SourceObject>({}).prepare(raw, UNTYPED).key).to.equal('a');
  });

  it('returns the error of a transform that throws or changes the identity', () => {
    const raw: SourceObject = { metadata: { name: 'a', uid: 'u' } };
    const fails = new Ingest<SourceObject>({
      transform: () => {
        throw new Error('no');
      },
    });
    const failed = fails.prepare(raw, UNTYPED);
    expect('error' in failed && failed.error).to.be.instanceOf(TransformError);
    expect('error' in failed && failed.error.message).to.equal('the transform failed for a: no');
    const renames = new Ingest<SourceObject>({ transform: () => ({ metadata: { name: 'a', uid: 'v' } }) });
    const renamed = renames.prepare(raw, UNTYPED);
    expect('error' in renamed && renamed.error.message).to.equal('the transform failed for a: it changed metadata.uid');
  });
});
