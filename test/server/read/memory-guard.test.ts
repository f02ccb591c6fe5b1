import { expect } from 'chai';
import { MemoryGuard } from '../../../src/server/read/memory-guard.ts';
import type { MemoryReading } from '../../../src/server/read/process-memory.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { FakeClock, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, RecordedLog, TestServer } from '../../support/test-server.ts';

const MIB = 2 ** 20;
const percentOf = (live: number): MemoryReading => ({ live: live * MIB, maximum: 100 * MIB });

describe('MemoryGuard', () => {
  let clock: FakeClock;
  let log: RecordedLog;
  let guard: MemoryGuard;

  const isRefused = (): boolean => {
    try {
      guard.requireMemory();
      return false;
    } catch (error) {
      expect(error).to.be.instanceOf(ApiError);
      expect((error as ApiError).status.code).to.equal(429);
      expect((error as ApiError).headers).to.deep.equal({ 'Retry-After': '5' });
      return true;
    }
  };

  const guardOf = (percent = 85): void => {
    clock = new FakeClock();
    log = new RecordedLog();
    guard = new MemoryGuard({ percent, clock, log });
  };

  beforeEach(() => guardOf());

  it('refuses nothing before the first reading', () => expect(isRefused()).to.equal(false));

  it('refuses nothing while the memory stays near the limit for a minute', () => {
    for (let tenths = 0; tenths < 600; tenths += 1) {
      guard.record(percentOf(80 + (tenths % 50) / 10));
      expect(isRefused()).to.equal(false);
      clock.advance(100);
      expect(isRefused()).to.equal(false);
    }
    guard.record(percentOf(85));
    expect(isRefused()).to.equal(false);
    expect([guard.refused, log.entries, clock.waiting]).to.deep.equal([0, [], 0]);
  });

  it('refuses while the memory is above the limit, and logs one line at the beginning and one at the end', () => {
    for (const [live, refused] of [
      [86, true],
      [99, true],
      [84, false],
      [88, true],
      [81, false],
      [79, false],
      [84, false],
    ] as const) {
      guard.record(percentOf(live));
      expect(isRefused(), String(live)).to.equal(refused);
    }
    expect(log.of('warn')).to.deep.equal([
      'memory: 86 % of 100 MiB are in use after a collection; lists and watches get 429 above 85 %',
      'memory: 79 % of 100 MiB are in use after a collection; lists and watches are served again',
    ]);
    expect([guard.refused, clock.waiting]).to.deep.equal([3, 0]);
  });

  it('serves again after a minute without a collection, because nothing shows that the memory is still in use', () => {
    guard.record(percentOf(90));
    clock.advance(50_000);
    guard.record(percentOf(91));
    clock.advance(59_999);
    expect(isRefused()).to.equal(true);
    clock.advance(1);
    expect(isRefused()).to.equal(false);
    expect(log.of('warn')).to.deep.equal([
      'memory: 90 % of 100 MiB are in use after a collection; lists and watches get 429 above 85 %',
      'memory: no collection for 60 s; lists and watches are served again',
    ]);
  });

  it('is disabled by a limit of 100 percent', () => {
    guardOf(100);
    guard.record(percentOf(150));
    expect([isRefused(), log.entries]).to.deep.equal([false, []]);
  });
});

describe('a server whose memory is nearly exhausted', () => {
  it('refuses new lists and watches, and serves everything else', async () => {
    const ROWS = `${BASE}/podsummaries`;
    let report: (reading: MemoryReading) => void = () => undefined;
    let isReading = false;
    const test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      memory: (listener) => {
        report = listener;
        isReading = true;
        return () => (isReading = false);
      },
    });
    const open = test.http2.watch(`${ROWS}?watch=1`);
    expect((await open.next())?.type).to.equal('ADDED');
    report(percentOf(86));
    for (const path of [ROWS, `${ROWS}?limit=1`, `${ROWS}?watch=1`, `${BASE}/watch/podsummaries`]) {
      const response = await test.get(path);
      expect([response.status, response.headers['retry-after']], path).to.deep.equal([429, '5']);
      expect(JSON.parse(response.text)).to.include({ kind: 'Status', reason: 'TooManyRequests' });
    }
    const one = `${BASE}/namespaces/shop/podsummaries/web`;
    for (const path of [one, '/livez', '/readyz', '/apis', BASE, '/openapi/v3', '/openapi/v2', '/version']) {
      expect((await test.get(path)).status, path).to.equal(200);
    }
    expect(test.server.counts()).to.include({ watchers: 1, refusedForMemory: 4 });
    report(percentOf(50));
    expect((await test.get(ROWS)).status).to.equal(200);
    expect(test.log.of('warn')).to.have.length(2);
    expect(isReading).to.equal(true);
    await test.close();
    expect(isReading).to.equal(false);
  });
});
