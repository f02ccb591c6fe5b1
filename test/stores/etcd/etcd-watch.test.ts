import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Duplex } from 'node:stream';
import { StoreRefusedError, StoreUnavailableError } from '../../../src/stores/errors.ts';
import type { WatchRequest, WatchResponse } from '../../../src/stores/etcd/etcd-messages.ts';
import { answersProgress, EtcdWatch } from '../../../src/stores/etcd/etcd-watch.ts';
import { settled } from '../../../src/testing/informers/index.ts';
import { failureOf } from '../tasks.ts';

const REQUEST = {
  key: Buffer.from('a'),
  rangeEnd: Buffer.from('b'),
  startRevision: 5,
  progressNotify: true,
  fragment: true,
};

/** A call that ends as those of gRPC do: the stream ends, then an error is told. */
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
  let lost: number;
  let watch: EtcdWatch;

  beforeEach(() => {
    call = new FakeCall();
    caller = new AbortController();
    lost = 0;
    watch = new EtcdWatch({
      call: call as unknown as ClientDuplexStream<WatchRequest, WatchResponse>,
      url: 'http://etcd',
      request: REQUEST,
      progressOnRequest: true,
      signal: caller.signal,
      lost: () => (lost += 1),
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

  it('asks for the watch, and for progress', () => {
    watch.requestProgress();
    expect(call.written).to.deep.equal([{ createRequest: REQUEST }, { progressRequest: {} }]);
  });

  it('throws what the member says, and leaves the member', async () => {
    const ended = end();
    call.fail(status.UNAVAILABLE, 'etcdserver: no leader');
    const failure = await ended;
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(failure.message).to.equal('etcd at http://etcd: etcdserver: no leader');
    expect(lost).to.equal(1);
    watch.requestProgress();
    expect(call.written).to.have.length(1);
  });

  it('throws what was said before anybody listened', async () => {
    call.fail(status.PERMISSION_DENIED, 'etcdserver: permission denied');
    const failure = await end();
    expect(failure).to.be.instanceOf(StoreRefusedError);
    expect(failure.message).to.contain('permission denied');
    expect(lost).to.equal(0);
  });

  it('throws when the member ends it without a word', async () => {
    const ended = end();
    call.push(null);
    expect((await ended).message).to.equal('etcd at http://etcd has ended the watch');
    expect(lost).to.equal(1);
  });

  it('throws the reason it was cancelled for, and that of its caller', async () => {
    const reason = new Error('enough');
    const ended = end();
    watch.cancel(reason);
    watch.cancel(new Error('again'));
    expect(await ended).to.equal(reason);
    expect(lost).to.equal(0);
  });

  it('ends with the signal', async () => {
    const reason = new Error('gone');
    const ended = end();
    caller.abort(reason);
    expect(await ended).to.equal(reason);
  });
});

describe('answersProgress()', () => {
  const versions: readonly (readonly [version: string, answers: boolean])[] = [
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
  for (const [version, answers] of versions) {
    it(`is ${answers} of ${version || 'nothing'}`, () => expect(answersProgress(version)).to.equal(answers));
  }
});
