import { expect } from 'chai';
import { clusterTasks } from '../../../examples/cluster-tasks.ts';
import { until } from '../../support/test-server.ts';
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';

const TASKS = '/apis/example.com/v1/clustertasks';

describe('a custom resource with handlers', () => {
  let server: InProcessServer;
  beforeEach(async () => {
    server = testServer({ resources: [clusterTasks()] });
    await until(() => server.server.counts().ready);
  });
  afterEach(() => server.close());

  const send = async (method: string, path: string, body?: object, type = 'application/json') => {
    const response = await server.request(path, {
      method,
      headers: { 'Content-Type': type },
      body: JSON.stringify(body),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: response.status, body: (await response.json()) as any };
  };
  const task = (name: string, title = name): object => ({
    apiVersion: 'example.com/v1',
    kind: 'ClusterTask',
    metadata: { name },
    spec: { title },
  });

  it('can be created, read, replaced, patched, listed and deleted', async () => {
    const created = await send('POST', TASKS, task('a'));
    expect([created.status, created.body.spec]).to.deep.equal([201, { title: 'a', done: false }]);
    expect((await send('GET', `${TASKS}/a`)).body).to.deep.equal(created.body);
    const replaced = await send('PUT', `${TASKS}/a`, { ...created.body, spec: { title: 'b', done: true } });
    expect([replaced.status, replaced.body.spec, replaced.body.metadata.generation]).to.deep.equal([
      200,
      { title: 'b', done: true },
      2,
    ]);
    expect((await send('PUT', `${TASKS}/a`, created.body)).status).to.equal(409);
    const patched = await send('PATCH', `${TASKS}/a`, { spec: { done: false } }, 'application/merge-patch+json');
    expect([patched.status, patched.body.spec]).to.deep.equal([200, { title: 'b', done: false }]);
    expect((await send('GET', TASKS)).body.items).to.deep.equal([patched.body]);
    expect((await send('DELETE', `${TASKS}/a`)).body.status).to.equal('Success');
    expect((await send('GET', `${TASKS}/a`)).status).to.equal(404);
  });

  it('can be watched', async () => {
    const watch = server.watch(
      `${TASKS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    expect((await watch.next()).value?.type).to.equal('BOOKMARK');
    await send('POST', TASKS, task('a'));
    expect((await watch.next()).value).to.deep.include({ type: 'ADDED' });
    await send('DELETE', `${TASKS}/a`);
    expect((await watch.next()).value).to.deep.include({ type: 'DELETED' });
    await watch.return();
  });

  it('lists the verbs of its handlers in discovery', async () => {
    const { body } = await send('GET', '/apis/example.com/v1');
    expect(body.resources[0].verbs).to.deep.equal(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']);
    expect((await send('DELETE', TASKS)).status).to.equal(405);
  });

  it('checks objects against its schema', async () => {
    const { status, body } = await send('POST', TASKS, { ...task('a'), spec: { title: 5 } });
    expect([status, body.message]).to.deep.equal([
      422,
      'ClusterTask.example.com "a" is invalid: spec.title: Invalid value: "integer": spec.title in body must be of type string: "integer"',
    ]);
  });

  it('can be applied (server-side apply)', async () => {
    const apply = (title: string, manager: string) =>
      send('PATCH', `${TASKS}/a?fieldManager=${manager}`, task('a', title), 'application/apply-patch+yaml');
    expect((await apply('x', 'one')).status).to.equal(201);
    const again = await apply('x', 'one');
    expect(again.status).to.equal(200);
    const conflict = await apply('y', 'two');
    expect([conflict.status, conflict.body.details.causes[0].reason]).to.deep.equal([409, 'FieldManagerConflict']);
    expect((await send('GET', `${TASKS}/a`)).body).to.deep.equal(again.body);
  });
});
