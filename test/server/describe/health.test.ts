import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer } from '../../../src/testing/informers/index.ts';
import { podSummaries, TestServer } from '../../support/test-server.ts';

describe('health endpoints', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ name: 'pods', notSynced: true });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  afterEach(() => test.close());

  const PODS = '[+]informer-sync/pods ok (last heard 0.0s ago)';
  const LOOP = '[+]ping/event-loop ok (in the last 0 s: at most … ms late, … ms at the 99th percentile)';
  const READY = ['[+]ping ok', LOOP, '[+]informer-sync ok', PODS, '[+]cache-podsummaries ok', '[+]shutdown ok'];
  const UNREADY = [
    '[+]ping ok',
    LOOP,
    '[-]informer-sync failed: reason withheld',
    '[-]informer-sync/pods failed: reason withheld (never heard)',
    '[-]cache-podsummaries failed: reason withheld',
    '[+]shutdown ok',
  ];
  const WARNING = 'warn: some health checks cannot be excluded: no matches for "nope"';

  for (const [path, synced, code, lines] of [
    ['/healthz', false, 200, 'ok'],
    ['/livez', false, 200, 'ok'],
    ['/livez?verbose', false, 200, ['[+]ping ok', 'livez check passed']],
    ['/readyz', true, 200, 'ok'],
    ['/readyz/', true, 200, 'ok'],
    ['/readyz?verbose', true, 200, [...READY, 'readyz check passed']],
    ['/readyz?verbose=0', true, 200, [...READY, 'readyz check passed']],
    ['/readyz', false, 500, [...UNREADY, 'readyz check failed']],
    ['/readyz?exclude=ping&verbose', true, 200, ['[+]ping excluded: ok', ...READY.slice(2), 'readyz check passed']],
    ['/readyz?exclude=informer-sync&exclude=cache-podsummaries', false, 200, 'ok'],
    [
      '/readyz?exclude=informer-sync&verbose',
      true,
      200,
      ['[+]ping ok', LOOP, '[+]informer-sync excluded: ok', ...READY.slice(4), 'readyz check passed'],
    ],
    ['/readyz?exclude=nope&verbose', true, 200, [...READY, WARNING, 'readyz check passed']],
    ['/readyz?exclude=nope', true, 200, 'ok'],
    ['/readyz/ping', false, 200, 'ok'],
    ['/readyz/informer-sync', false, 500, ['internal server error: pods: the first list has not arrived']],
    ['/readyz/cache-podsummaries', false, 500, ['internal server error: pods: the first list has not arrived']],
    ['/readyz/cache-podsummaries', true, 200, 'ok'],
    ['/readyz/nope', true, 404, ['404 page not found']],
    ['/livez/ping/x', true, 404, ['404 page not found']],
  ] as const) {
    it(`respond to ${path} with ${code} ${synced ? 'after the first list' : 'before the first list'}`, async () => {
      if (synced) pods.sync();
      const { status, text, headers } = await test.get(path);
      expect(status).to.equal(code);
      // The delays are those of this process.
      const shown = text.replace(/(?<=event-loop ok .*)\b\d+ ms/g, '… ms');
      expect(shown).to.equal(typeof lines === 'string' ? lines : `${lines.join('\n')}\n`);
      expect(headers).to.include({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache, private',
      });
    });
  }

  it('show how long ago each source sent data', async () => {
    pods.sync();
    test.clock.advance(63_440);
    expect((await test.get('/readyz?verbose')).text).to.contain('[+]informer-sync/pods ok (last heard 63.4s ago)\n');
    expect((await test.get('/readyz')).text).to.equal('ok');
  });

  it('log the reason of a failure once, and the recovery', async () => {
    const logged = (): string[] =>
      test.log.entries
        .map(({ level, message }) => `${level} ${message}`)
        .filter((line) => !line.startsWith('info ready:'));
    for (let i = 0; i < 3; i += 1) await test.get('/readyz');
    const failures = [
      'warn readyz: informer-sync failed: pods: the first list has not arrived',
      'warn readyz: cache-podsummaries failed: pods: the first list has not arrived',
    ];
    expect(logged()).to.deep.equal(failures);
    pods.goSilent('connection refused');
    await test.get('/readyz');
    await test.get('/readyz/informer-sync');
    test.clock.advance(1000);
    expect(logged().slice(2), 'two checks with the same cause are one line').to.deep.equal([
      'warn source pods has a problem: connection refused',
    ]);
    pods.sync();
    for (let i = 0; i < 3; i += 1) await test.get('/readyz');
    test.clock.advance(10_000);
    expect(logged().slice(3)).to.deep.equal([
      'info readyz: informer-sync is healthy again',
      'info readyz: cache-podsummaries is healthy again',
      'info source pods works again, after 1 s',
    ]);
  });

  it('report that the server is not ready as soon as it shuts down', async () => {
    pods.sync();
    const problem = (): string | undefined => test.server.readiness().find(({ name }) => name === 'shutdown')?.problem;
    expect(problem()).to.equal(undefined);
    const closed = test.server.close();
    expect(problem()).to.equal('the server is shutting down');
    await closed;
  });

  it('accept GET and HEAD only', async () => {
    expect((await test.get('/livez', {}, 'HEAD')).status).to.equal(200);
    expect((await test.get('/livez', {}, 'POST')).status).to.equal(405);
  });
});
