/** The user whom handlers receive, for each request of a client. */
import { expect } from 'chai';
import { resource } from '../../../../src/server/define/resource.ts';
import { refuse } from '../../../../src/server/define/refusals.ts';
import type { Handlers } from '../../../../src/server/define/handlers.ts';
import { proxyCertificate, requestHeaderConfig } from '../../access/proxy.ts';
import { type ClientResponse, requestOnce } from '../../../support/https-client.ts';
import { BASE, TestServer, until } from '../../../support/test-server.ts';
import { mapHandlers, type Task, taskOf } from './tasks.ts';

const TASKS = `${BASE}/tasks`;

/** The handlers of a Map, which refuse bob and record the users of all calls. */
function refusingBob(calls: string[], names: readonly (keyof Handlers<Task>)[]): Handlers<Task> {
  const all = mapHandlers(new Map([['a', taskOf('a', 'one')]]));
  const record = (name: string, user: string | undefined): void => {
    calls.push(`${name} ${user ?? 'none'}`);
    if (user === 'bob') throw refuse.forbidden('bob may not');
  };
  const handlers: Required<
    Pick<Handlers<Task>, 'get' | 'list' | 'create' | 'replace' | 'delete' | 'deleteCollection'>
  > = {
    get: (context) => (record('get', context.user?.name), all.get(context)),
    list: (context) => (record('list', context.user?.name), all.list(context)),
    create: (object, context) => (record('create', context.user?.name), all.create(object, context)),
    replace: (object, context) => (record('replace', context.user?.name), all.replace(object, context)),
    delete: (context) => (record('delete', context.user?.name), all.delete(context)),
    deleteCollection: (_objects, context) => record('deleteCollection', context.user?.name),
  };
  return Object.fromEntries(Object.entries(handlers).filter(([name]) => names.includes(name as never)));
}

describe('handlers', () => {
  let test: TestServer;
  let calls: string[];
  let client: { cert: string; key: string };

  const start = async (names: readonly (keyof Handlers<Task>)[]): Promise<void> => {
    calls = [];
    client = await proxyCertificate();
    const tasks = resource<Task>(
      {
        kind: 'Task',
        plural: 'tasks',
        namespaced: false,
        scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas' },
        subresources: { title: { GET: (ctx, row) => void (ctx.body = { title: row.spec.title }) } },
      },
      refusingBob(calls, names),
    );
    test = await TestServer.listening({ authentication: await requestHeaderConfig(), resources: [tasks] });
    await until(() => test.server.counts().ready);
    calls.length = 0;
  };
  afterEach(() => test.close());

  const send = (user: string, method: string, path: string, body?: object): Promise<ClientResponse> =>
    requestOnce(path, {
      ...test.client,
      client,
      method,
      headers: {
        'x-remote-user': user,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  for (const [method, path, body, called] of [
    ['GET', `${TASKS}/a`, undefined, ['get alice']],
    ['GET', `${TASKS}/a?resourceVersion=0`, undefined, ['get alice']],
    ['GET', `${TASKS}/a?watch=1`, undefined, ['get alice']],
    ['GET', `${TASKS}/a/title`, undefined, ['get alice']],
    ['GET', `${TASKS}/a/scale`, undefined, ['get alice']],
    ['PATCH', `${TASKS}/a`, { spec: { title: 'two' } }, ['get alice', 'replace alice']],
    ['PATCH', `${TASKS}/a/scale`, { spec: { replicas: 2 } }, ['get alice', 'replace alice']],
    ['DELETE', `${TASKS}/a`, undefined, ['get alice', 'delete alice']],
    ['DELETE', TASKS, undefined, ['list alice', 'deleteCollection alice']],
    ['POST', TASKS, taskOf('b', 'new'), ['create alice']],
  ] as const) {
    it(`receive the user of ${method} ${path.replace(BASE, '')}`, async () => {
      await start(['get', 'list', 'create', 'replace', 'delete', 'deleteCollection']);
      const { status, text } = await send('alice', method, path, body);
      expect(status, text).to.be.oneOf([200, 201]);
      expect(calls).to.deep.equal(called);
      calls.length = 0;
      expect((await send('bob', method, path, body)).status).to.equal(403);
      expect(new Set(calls.map((call) => call.split(' ')[1]))).to.deep.equal(new Set(['bob']));
    });
  }

  it('receive the user of each concurrent get, and a refusal of one user does not affect another', async () => {
    await start(['get']);
    const users = ['alice', 'bob', 'carol', 'bob', 'alice'];
    const responses = await Promise.all(users.map((user) => send(user, 'GET', `${TASKS}/a`)));
    expect(responses.map(({ status }) => status)).to.deep.equal([200, 403, 200, 403, 200]);
    expect(calls.toSorted()).to.deep.equal(['get alice', 'get alice', 'get bob', 'get bob', 'get carol']);
  });

  it('receive no user when the server fills its view', async () => {
    await start(['list']);
    await send('alice', 'GET', TASKS);
    test.clock.advance(10_000);
    await until(() => calls.length > 0);
    expect(new Set(calls)).to.deep.equal(new Set(['list none']));
  });
});
