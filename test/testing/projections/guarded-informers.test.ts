/** KUBEFACET_GUARD=1 in a process of a user: informers read a cluster over TLS, and a projection changes the objects that they hand out. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const SCRIPT = `
  import { KubeConfig } from '@kubernetes/client-node';
  import { informerFactory } from 'kubefacet/informers';
  import { identity, map } from 'kubefacet/projections';
  import { fakeCluster } from 'kubefacet/testing';

  const cluster = await fakeCluster();
  for (const name of ['a', 'b']) {
    cluster.storage.create('configmaps', { metadata: { name, namespace: 'default' }, data: { value: name } });
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(await cluster.kubeConfigFor());
  const informers = informerFactory({ kubeConfig, namespaces: ['default'] });
  const rows = informers.configMaps.pipe(
    map((object) => {
      if (object.metadata.name === 'a') object.data.value = 'changed';
      return { metadata: identity(object), value: object.data.value };
    }),
  );
  const subscription = rows.deltas$.subscribe();
  while (!rows.hasSynced) await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ errors: [...rows.errors.values()].map(({ message }) => message), rows: rows.list() }));
  subscription.unsubscribe();
  await informers.close();
  await cluster.close();
`;

describe('KUBEFACET_GUARD=1', () => {
  async function run(
    guard: string,
  ): Promise<{ readonly errors: string[]; readonly rows: { readonly value: string }[] }> {
    const options = { env: { ...process.env, KUBEFACET_GUARD: guard }, cwd: process.cwd() };
    const args = ['--conditions=source', '--input-type=module', '-e', SCRIPT];
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout);
  }

  it('finds a projection that changes an object of an informer of a cluster, and only its row is missing', async () => {
    const { errors, rows } = await run('1');
    expect(errors).to.have.length(1);
    expect(errors[0])
      .to.contain('default/a')
      .and.match(/read only/);
    expect(rows.map(({ value }) => value)).to.deep.equal(['b']);
  });

  it('is off without the variable', async () => {
    const { errors, rows } = await run('0');
    expect(errors).to.deep.equal([]);
    expect(rows).to.have.length(2);
  });
});
