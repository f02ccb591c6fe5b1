/** The example of handlers, served over sockets. */
import { expect } from 'chai';
import { clusterTaskHandlers, type ClusterTask } from '../../../../examples/cluster-tasks.ts';
import { HandlerStore } from '../../../../src/server/write/handlers/handler-store.ts';
import { resource } from '../../../../src/server/define/resource.ts';
import { requestOnce } from '../../../support/https-client.ts';
import { BASE, names, TestServer, until } from '../../../support/test-server.ts';

const TASKS = `${BASE}/clustertasks`;
const kind = { group: 'example.com', version: 'v1', kind: 'ClusterTask', plural: 'clustertasks', namespaced: false };

describe('the handlers of the example', () => {
  let test: TestServer;

  beforeEach(async () => {
    const store = new HandlerStore({ kind, handlers: clusterTaskHandlers() });
    const { kind: name, plural, namespaced } = kind;
    const tasks = resource<ClusterTask>({ kind: name, plural, namespaced }, { open: () => store });
    test = await TestServer.listening({ resources: [tasks] });
    await until(() => test.server.counts().ready);
  });

  afterEach(() => test.close());

  const send = async (method: string, path: string, body?: unknown, type = 'application/json'): Promise<any> => {
    const headers = { 'content-type': type };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await requestOnce(path, { ...test.client, method, headers, body: text });
    return { code: answer.status, ...JSON.parse(answer.text) };
  };

  const taskOf = (name: string, title: string): object => ({
    apiVersion: 'example.com/v1',
    kind: 'ClusterTask',
    metadata: { name },
    spec: { title, done: false },
  });

  it('create, read, change and delete objects, and each response equals the next read', async () => {
    const created = await send('POST', TASKS, taskOf('foo', 'one'));
    expect(created).to.deep.include({ code: 201, spec: { title: 'one', done: false } });
    const { resourceVersion, uid } = created.metadata;
    expect(await send('GET', `${TASKS}/foo`)).to.deep.equal({ ...created, code: 200 });
    expect(names(await send('GET', TASKS))).to.deep.equal(['foo']);

    const patch = { spec: { done: true } };
    const patched = await send('PATCH', `${TASKS}/foo`, patch, 'application/merge-patch+json');
    expect(patched).to.deep.include({ code: 200, spec: { title: 'one', done: true } });
    expect(patched.metadata).to.include({ uid, generation: 2 });
    expect(BigInt(patched.metadata.resourceVersion) > BigInt(resourceVersion)).to.equal(true);
    expect(await send('GET', `${TASKS}/foo`)).to.deep.equal(patched);

    expect((await send('POST', TASKS, taskOf('foo', 'two'))).reason).to.equal('AlreadyExists');
    const late = { ...taskOf('foo', 'two'), metadata: { name: 'foo', resourceVersion } };
    expect((await send('PUT', `${TASKS}/foo`, late)).reason).to.equal('Conflict');
    const timely = { ...taskOf('foo', 'two'), metadata: { ...late.metadata, ...patched.metadata } };
    expect((await send('PUT', `${TASKS}/foo`, timely)).spec).to.deep.equal({ title: 'two', done: false });

    expect((await send('DELETE', `${TASKS}/foo`)).code).to.equal(200);
    expect((await send('GET', `${TASKS}/foo`)).code).to.equal(404);
    expect((await send('DELETE', `${TASKS}/foo`)).reason).to.equal('NotFound');
  });

  it('send every write to watchers', async () => {
    const { metadata } = await send('GET', TASKS);
    const watch = test.http2.watch(`${TASKS}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    await send('POST', TASKS, taskOf('foo', 'one'));
    await send('PATCH', `${TASKS}/foo`, { spec: { done: true } }, 'application/merge-patch+json');
    await send('DELETE', `${TASKS}/foo`);
    const told: string[] = [];
    for (let count = 0; count < 3; count += 1) told.push((await watch.next())?.type ?? 'nothing');
    expect(told).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
    watch.cancel();
  });
});
