import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Duplex } from 'node:stream';
import { StoreRefusedError, StoreUnavailableError } from '../../../src/stores/errors.ts';
import type { WatchRequest, EtcdWatchResponse } from '../../../src/stores/etcd/etcd-messages.ts';
import { supportsProgressRequests, EtcdWatch } from '../../../src/stores/etcd/etcd-watch.ts';
import { settled } from '../../../src/testing/informers/index.ts';
import { failureOf } from '../tasks.ts';

const REQUEST = {
  key: Buffer.from('a'),
  rangeEnd: Buffer.from('b'),
  startRevision: 5,
  progressNotify: true,
  fragment: true,
};

/** A call that ends as gRPC calls do: the stream ends, and then the error is emitted. */
class FakeCall extends Duplex {
  readonly written: unknown[] = [];

  constructor() {
    super({
      objectMode: true,
      read: () => undefined,
      write: (request: unknown, _encoding, done) => {
        this.written.push(request);
        done();
      },
    });
  }

  fail(code: status, details: string): void {
    this.push(null);
    this.emit('error', Object.assign(new Error(details), { code, details }));
  }

  cancel(): void {
    this.fail(status.CANCELLED, 'Cancelled on client');
  }
}

describe('EtcdWatch', () => {
  let call: FakeCall;
  let caller: AbortController;
  let memberFailures: number;
  let watch: EtcdWatch;

  beforeEach(() => {
    call = new FakeCall();
    caller = new AbortController();
    memberFailures = 0;
    watch = new EtcdWatch({
      call: call as unknown as ClientDuplexStream<WatchRequest, EtcdWatchResponse>,
      url: 'http://etcd',
      request: REQUEST,
      progressOnRequest: true,
      signal: caller.signal,
      onMemberFailure: () => (memberFailures += 1),
    });
  });

  const end = async (): Promise<Error> => {
    const failure = await failureOf(
      (async () => {
        for await (const _ of watch.responses);
      })(),
    );
    await settled();
    return failure;
  };

  it('sends requests for the watch and for progress', () => {
    watch.requestProgress();
    expect(call.written).to.deep.equal([{ createRequest: REQUEST }, { progressRequest: {} }]);
  });

  it('throws the error of the member, and reports the member as failed', async () => {
    const ended = end();
    call.fail(status.UNAVAILABLE, 'etcdserver: no leader');
    const failure = await ended;
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(failure.message).to.equal('etcd at http://etcd: etcdserver: no leader');
    expect(memberFailures).to.equal(1);
    watch.requestProgress();
    expect(call.written).to.have.length(1);
  });

  it('throws an error that arrived before the responses were read', async () => {
    call.fail(status.PERMISSION_DENIED, 'etcdserver: permission denied');
    const failure = await end();
    expect(failure).to.be.instanceOf(StoreRefusedError);
    expect(failure.message).to.contain('permission denied');
    expect(memberFailures).to.equal(0);
  });

  it('throws if the member ends the watch without an error', async () => {
    const ended = end();
    call.push(null);
    expect((await ended).message).to.equal('etcd at http://etcd has ended the watch');
    expect(memberFailures).to.equal(1);
  });

  it('throws the reason of the first cancel()', async () => {
    const reason = new Error('enough');
    const ended = end();
    watch.cancel(reason);
    watch.cancel(new Error('again'));
    expect(await ended).to.equal(reason);
    expect(memberFailures).to.equal(0);
  });

  it('ends when the signal is aborted', async () => {
    const reason = new Error('gone');
    const ended = end();
    caller.abort(reason);
    expect(await ended).to.equal(reason);
  });
});

describe('supportsProgressRequests()', () => {
  const versions: readonly (readonly [version: string, isSupported: boolean])[] = [
    ['3.4.23', false],
    ['3.4.30', false],
    ['3.4.31', true],
    ['3.5.12', false],
    ['3.5.13', true],
    ['3.5.30', true],
    ['3.6.0-rc.1', true],
    ['4.0.0', true],
    ['2.3.99', false],
    ['', false],
  ];
  for (const [version, isSupported] of versions) {
    it(`returns ${isSupported} for ${JSON.stringify(version)}`, () =>
      expect(supportsProgressRequests(version)).to.equal(isSupported));
  }
});
