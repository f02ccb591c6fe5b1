import { expect } from 'chai';
import type { AuditEvent } from '../../../src/server/http/audit.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const ROWS = `${BASE}/namespaces/shop/podsummaries`;

describe('the audit events of a server', () => {
  let events: AuditEvent[];
  let test: TestServer;

  beforeEach(async () => {
    events = [];
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      audit: (event) => {
        events.push(event);
        throw new Error('an audit that throws changes no response');
      },
    });
  });
  afterEach(() => test.close());

  it('name the user, the verb, the object, the code, the decision and the latency', async () => {
    const { headers } = await test.get(`${ROWS}/web?pretty=1`, { authorization: 'Bearer secret' });
    await test.get(`${ROWS}/none/status`, {}, 'PUT');
    await test.get('/version?token=secret');
    await test.get('/livez');
    await until(() => events.length === 3);
    const [one, two, three] = events;
    expect(one).to.deep.equal({
      auditId: headers['audit-id'],
      stage: 'ResponseComplete',
      user: 'kubefacet:insecure-dev',
      verb: 'get',
      group: 'example.com',
      version: 'v1',
      resource: 'podsummaries',
      namespace: 'shop',
      name: 'web',
      path: undefined,
      code: 200,
      decision: 'allow',
      latencyMs: one?.latencyMs,
    });
    expect(one?.latencyMs).to.be.within(0, 10_000);
    expect(two).to.include({ verb: 'update', resource: 'podsummaries/status', name: 'none', code: 404 });
    expect(three).to.include({ verb: 'get', path: '/version', code: 200 });
    expect(JSON.stringify(events)).to.not.contain('secret');
  });

  it('are two for a watch: when it has begun and when it has ended', async () => {
    const stream = test.http2.watch(`${ROWS}?watch=1`);
    await stream.next();
    await until(() => events.length === 1);
    expect(events[0]).to.include({ verb: 'watch', stage: 'ResponseStarted', code: 200 });
    stream.cancel();
    await until(() => events.length === 2);
    expect(events[1]).to.include({ verb: 'watch', stage: 'ResponseComplete', code: 200, auditId: events[0]?.auditId });
  });

  it('have bounded texts, also for requests that are refused before their path is parsed', async () => {
    await test.get(`/${'x'.repeat(70_000)}`);
    await test.get(`${ROWS}/${'y'.repeat(5000)}`);
    await until(() => events.length === 2);
    expect(events[0]).to.include({ verb: 'get', code: 431, user: undefined, decision: undefined });
    expect([events[0]?.path?.length, events[1]?.name?.length]).to.deep.equal([1024, 1024]);
  });
});
