import { expect } from 'chai';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { DecodeError, TransformError } from '../../src/informers/errors.ts';
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

  it('refuses an object without a name', () => {
    for (const raw of [{}, { metadata: {} }, { metadata: { name: '' } }]) {
      expect(() => new Ingest<SourceObject>({}).prepare(raw, UNTYPED)).to.throw(DecodeError, 'without metadata.name');
    }
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
