import { expect } from 'chai';
import { testServer } from 'kubefacet/testing';
import { customTasks } from './custom-tasks.ts';

const PATH = '/apis/example.com/v1/namespaces/shop/customtasks';

async function create(spec: object) {
  await using server = testServer({ resources: [customTasks()] });
  const task = { apiVersion: 'example.com/v1', kind: 'CustomTask', metadata: { name: 'mine' }, spec };
  const body = JSON.stringify(task);
  return await server.json<{ spec?: unknown; message?: string }>(PATH, { method: 'POST', body });
}

it('defaults to a task that is not done and has one worker', async () => {
  const { spec } = await create({ title: 'Write it down' });
  expect(spec).to.deep.equal({ title: 'Write it down', done: false, workers: 1 });
});

it('rejects a task without a title', async () => {
  const { message } = await create({ done: true });
  expect(message).to.equal('CustomTask.example.com "mine" is invalid: spec.title: Required value');
});
