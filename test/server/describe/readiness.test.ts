import { expect } from 'chai';
import { loggedChecks } from '../../../src/server/describe/readiness.ts';
import type { HealthCheck } from '../../../src/server/describe/health.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, RecordedLog, TestServer } from '../../support/test-server.ts';

describe('loggedChecks()', () => {
  let problem: string | undefined;
  let logged: string | undefined;
  let log: RecordedLog;
  let check: HealthCheck | undefined;
  /** Runs the check, and returns its problem and the messages that it logged. */
  const probe = (): unknown[] => {
    const before = log.entries.length;
    const found = check?.problem();
    return [found, ...log.entries.slice(before).map(({ level, message }) => `${level} ${message}`)];
  };

  beforeEach(() => {
    [problem, logged] = [undefined, undefined];
    log = new RecordedLog();
    [check] = loggedChecks([{ name: 'x', problem: () => problem, loggedProblem: () => logged }], log);
  });

  it('logs each change of the problem once, without problems that are logged elsewhere', () => {
    expect(probe()).to.deep.equal([undefined]);
    problem = 'slow, and lost';
    expect(probe()).to.deep.equal(['slow, and lost']);
    logged = 'slow';
    expect(probe()).to.deep.equal(['slow, and lost', 'warn readyz: x failed: slow']);
    expect(probe()).to.deep.equal(['slow, and lost']);
    logged = 'slower';
    expect(probe()).to.deep.equal(['slow, and lost', 'warn readyz: x failed: slower']);
    logged = undefined;
    expect(probe(), 'the check still fails').to.deep.equal(['slow, and lost']);
    problem = undefined;
    expect(probe()).to.deep.equal([undefined, 'info readyz: x is healthy again']);
    expect(probe()).to.deep.equal([undefined]);
  });

  it('logs the problem of a check without a separate text for the log', () => {
    [check] = loggedChecks([{ name: 'x', problem: () => problem }], log);
    problem = 'broken';
    expect(probe()).to.deep.equal(['broken', 'warn readyz: x failed: broken']);
    expect(probe()).to.deep.equal(['broken']);
    problem = undefined;
    expect(probe()).to.deep.equal([undefined, 'info readyz: x is healthy again']);
  });
});

describe('readinessChecks()', () => {
  it('log the problem of a source that is lost, and stay ready', async () => {
    const pods = new FakeInformer({ name: 'pods', objects: [pod('shop/web')] });
    const test = await TestServer.listening({ resources: [podSummaries(pods)] });
    expect((await test.get('/readyz')).text).to.equal('ok');
    pods.goSilent('connection refused');
    for (let i = 0; i < 2; i += 1) expect((await test.get('/readyz')).text).to.equal('ok');
    expect((await test.get('/readyz?verbose')).text).not.to.contain('refused');
    test.clock.advance(1000);
    expect(test.log.of('warn')).to.deep.equal(['source pods has a problem: connection refused']);
    pods.bookmark();
    await test.get('/readyz');
    test.clock.advance(10_000);
    expect(test.log.of('info')).to.deep.equal(['source pods works again, after 1 s']);
    await test.close();
  });

  it('fail while one of two sources with the same name is not synced, and name both', async () => {
    const failing = new FakeInformer<V1Pod>({ name: 'pods', notSynced: true });
    const healthy = new FakeInformer({ name: 'pods', objects: [pod('shop/web')] });
    const test = await TestServer.listening({
      resources: [
        podSummaries(failing),
        podSummaries(healthy, { kind: 'OtherPod', plural: 'otherpods', shortNames: ['opod'] }),
      ],
    });
    const sourceLines = async (): Promise<string[]> =>
      (await test.get('/readyz?verbose')).text.split('\n').filter((line) => line.includes('informer-sync'));
    const [check, first, second] = await sourceLines();
    expect(check).to.equal('[-]informer-sync failed: reason withheld');
    expect(first).to.match(/^\[-\]informer-sync\/pods failed: reason withheld /);
    expect(second).to.match(/^\[\+\]informer-sync\/pods ok /);
    expect(test.log.of('warn')).to.include('readyz: informer-sync failed: pods: the first list has not arrived');

    failing.sync();
    expect((await sourceLines()).map((line) => line.slice(0, 3))).to.deep.equal(['[+]', '[+]', '[+]']);
    await test.close();
  });
});
