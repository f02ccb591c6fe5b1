import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { FakeInformer, fakeInformer, namespace } from '../../../src/testing/informers/index.ts';
import { testServer } from '../../../src/testing/projections/index.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';

type Namespace = ReturnType<typeof namespace>;

const setUp = (namespaces: FakeInformer<Namespace>) => {
  const clock = new FakeClock();
  const server = testServer({
    resources: [resource({ kind: 'Task', plural: 'tasks', namespaced: true }, memoryStore())],
    informers: { namespaces, of: () => expect.fail('no ConfigMap is needed') },
    clock: clock,
  });
  const create = async (where: string) => {
    const response = await server.request(`/apis/example.com/v1/namespaces/${where}/tasks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Task', metadata: { generateName: 'a-' } }),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: response.status, body: (await response.json()) as any };
  };
  return { server, create, clock };
};

describe('the namespace of a new custom resource', () => {
  it('must exist', async () => {
    const { server, create, clock } = setUp(fakeInformer(namespace('shop')));
    expect((await create('shop')).status).to.equal(201);
    const missing = create('nowhere');
    await clock.run(1000);
    const { status, body } = await missing;
    expect([status, body.message]).to.deep.equal([404, 'namespaces "nowhere" not found']);
    await server.close();
  });

  it('may have been created a moment ago', async () => {
    const namespaces = fakeInformer(namespace('shop'));
    const { server, create } = setUp(namespaces);
    const created = create('new');
    setImmediate(() => namespaces.add(namespace('new')));
    expect((await created).status).to.equal(201);
    await server.close();
  });

  it('must not be terminating', async () => {
    const going = namespace('shop');
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const { server, create } = setUp(
      fakeInformer<Namespace>({ ...going, metadata: { ...going.metadata, deletionTimestamp } }),
    );
    const { status, body } = await create('shop');
    expect([status, body.reason, body.details.causes[0].reason]).to.deep.equal([
      403,
      'Forbidden',
      'NamespaceTerminating',
    ]);
    await server.close();
  });

  it('can be any namespace when the server does not know the namespaces', async () => {
    const { server, create } = setUp(new FakeInformer<Namespace>({ name: 'namespaces', notSynced: true }));
    expect((await create('nowhere')).status).to.equal(201);
    await server.close();
  });

  it('is watched only while the server runs', async () => {
    const namespaces = fakeInformer(namespace('shop'));
    const { server } = setUp(namespaces);
    expect(namespaces.statistics.subscribers).to.equal(1);
    await server.close();
    expect(namespaces.statistics.subscribers).to.equal(0);
  });
});
