import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import {
  ObjectTooLargeError,
  RevisionCompactedError,
  StoreFullError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../../src/stores/errors.ts';
import { EtcdResponseTooLargeError, readFailure, writeFailure } from '../../../src/stores/etcd/etcd-failure.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

const CASES: readonly (readonly [code: keyof typeof status, details: string, read: ErrorClass, write: ErrorClass])[] = [
  ['UNAVAILABLE', 'Connection dropped', StoreUnavailableError, WriteOutcomeUnknownError],
  ['UNAVAILABLE', 'etcdserver: leader changed', StoreUnavailableError, WriteOutcomeUnknownError],
  ['UNAVAILABLE', 'etcdserver: request timed out', StoreUnavailableError, WriteOutcomeUnknownError],
  ['DEADLINE_EXCEEDED', 'Deadline exceeded', StoreUnavailableError, WriteOutcomeUnknownError],
  ['CANCELLED', 'Cancelled on client', StoreUnavailableError, WriteOutcomeUnknownError],
  ['INTERNAL', 'bad response', StoreUnavailableError, WriteOutcomeUnknownError],
  ['UNKNOWN', 'etcdserver: corrupt', StoreUnavailableError, WriteOutcomeUnknownError],
  [
    'OUT_OF_RANGE',
    'etcdserver: mvcc: required revision has been compacted',
    RevisionCompactedError,
    WriteOutcomeUnknownError,
  ],
  [
    'OUT_OF_RANGE',
    'etcdserver: mvcc: required revision is a future revision',
    StoreUnavailableError,
    WriteOutcomeUnknownError,
  ],
  ['INVALID_ARGUMENT', 'etcdserver: request is too large', StoreRefusedError, ObjectTooLargeError],
  [
    'RESOURCE_EXHAUSTED',
    'grpc: received message larger than max (3 vs. 2)',
    StoreUnavailableError,
    ObjectTooLargeError,
  ],
  [
    'RESOURCE_EXHAUSTED',
    'Received message larger than max (3 vs 2)',
    EtcdResponseTooLargeError,
    WriteOutcomeUnknownError,
  ],
  ['RESOURCE_EXHAUSTED', 'etcdserver: mvcc: database space exceeded', StoreUnavailableError, StoreFullError],
  ['RESOURCE_EXHAUSTED', 'etcdserver: too many requests', StoreUnavailableError, StoreUnavailableError],
  ['PERMISSION_DENIED', 'etcdserver: permission denied', StoreRefusedError, StoreRefusedError],
  ['UNAUTHENTICATED', 'etcdserver: invalid auth token', StoreRefusedError, StoreRefusedError],
];

describe('readFailure() and writeFailure()', () => {
  for (const [code, details, read, write] of CASES) {
    it(`return ${read.name} for a read and ${write.name} for a write after ${code}, ${details}`, () => {
      const error = Object.assign(new Error(details), { code: status[code], details });
      expect(readFailure('http://etcd', error, 5)).to.be.instanceOf(read);
      expect(writeFailure('http://etcd', 'shop/a', 7, error)).to.be.instanceOf(write);
      expect(rootOf(writeFailure('http://etcd', 'shop/a', 7, error))).to.equal(error);
    });
  }

  it('return other errors for a read, and WriteOutcomeUnknownError for a write', () => {
    const error = new Error('aborted');
    expect(readFailure('http://etcd', error)).to.equal(error);
    const write = writeFailure('http://etcd', 'shop/a', 7, error);
    expect(write).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(write.cause).to.equal(error);
  });
});

function rootOf(error: Error): unknown {
  let root: unknown = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root;
}
