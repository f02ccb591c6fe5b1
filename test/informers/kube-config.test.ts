import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfigError } from '../../src/informers/errors.ts';
import { loadKubeConfig, type LoadKubeConfigOptions } from '../../src/informers/kube-config.ts';

const config = (name: string, server = 'https://127.0.0.1:6443'): object => ({
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user: { token: 't' } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  'current-context': name,
});

describe('loadKubeConfig()', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const write = (name: string, content: object | string): Promise<void> =>
    writeFile(path(name), typeof content === 'string' ? content : JSON.stringify(content));

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubefacet-'));
    await write('good', config('good'));
    await write('other', { ...config('other'), 'current-context': 'other' });
    await mkdir(path('.kube'));
  });

  after(() => rm(folder, { recursive: true }));

  const failureOf = async (options: LoadKubeConfigOptions): Promise<string> => {
    try {
      await loadKubeConfig({ env: { HOME: path('nowhere') }, ...options });
    } catch (error) {
      expect(error).to.be.instanceOf(KubeConfigError);
      expect((error as Error).message).to.not.include('\n');
      return (error as Error).message.replaceAll(folder, '');
    }
    return 'it did not fail';
  };

  it('loads a file', async () => {
    const kubeConfig = await loadKubeConfig({ path: path('good') });
    expect(kubeConfig.getCurrentCluster()?.server).to.equal('https://127.0.0.1:6443');
  });

  it('merges the files of KUBECONFIG, with the context of the first file', async () => {
    const env = { KUBECONFIG: [path('good'), path('other')].join(delimiter) };
    const kubeConfig = await loadKubeConfig({ env });
    expect(kubeConfig.getCurrentContext()).to.equal('good');
    expect(kubeConfig.getContexts().map(({ name }) => name)).to.deep.equal(['good', 'other']);
    expect((await loadKubeConfig({ env, context: 'other' })).getCurrentContext()).to.equal('other');
  });

  it('loads a text in YAML or JSON', async () => {
    const kubeConfig = await loadKubeConfig({
      text: JSON.stringify(config('text')),
      env: { KUBECONFIG: path('good') },
    });
    expect(kubeConfig.getCurrentContext()).to.equal('text');
    const yaml = 'clusters: [{ name: c, cluster: { server: "https://c" } }]\n';
    const contexts = 'contexts: [{ name: a, context: { cluster: c } }, { name: b, context: { cluster: c } }]\n';
    const named = await loadKubeConfig({ text: `${yaml}${contexts}current-context: a\n`, context: 'b' });
    expect(named.getCurrentContext()).to.equal('b');
    expect(named.getCurrentCluster()?.server).to.equal('https://c');
  });

  it('does not let clients of client-node drop the groups of the user to impersonate', async () => {
    const applied = async (user: object): Promise<unknown> => {
      const text = JSON.stringify({ ...config('x'), users: [{ name: 'x', user: { as: 'jane', ...user } }] });
      const headers = new Map<string, string>();
      const context = {
        setHeaderParam: (name: string, value: string) => headers.set(name, value),
        setDispatcher: () => undefined,
      };
      const kubeConfig = await loadKubeConfig({ text });
      return kubeConfig.applySecurityAuthentication(context as never).then(
        () => headers.get('Impersonate-User'),
        (error: unknown) => error,
      );
    };
    expect(await applied({})).to.equal('jane');
    for (const user of [{ 'as-groups': ['a'] }, { 'as-uid': '1' }, { 'as-user-extra': { a: ['b'] } }])
      expect(await applied(user)).to.be.instanceOf(KubeConfigError);
  });

  it('finds ~/.kube/config', async () => {
    await write('.kube/config', config('home'));
    const kubeConfig = await loadKubeConfig({ env: { HOME: folder } });
    expect(kubeConfig.getCurrentContext()).to.equal('home');
  });

  const cases: [string, object | string | undefined, string][] = [
    ['a missing file', undefined, 'kubeconfig /bad: there is no such file'],
    ['invalid YAML', '{ a: [', 'kubeconfig /bad: it is not YAML: '],
    ['text', 'hello', 'kubeconfig /bad: it is not a kubeconfig'],
    ['an empty file', '', 'kubeconfig /bad: it is empty'],
    ['null', 'null', 'kubeconfig /bad: it is not a kubeconfig'],
    [
      'a missing current context',
      { ...config('x'), 'current-context': '' },
      'kubeconfig /bad: it has no current-context',
    ],
    ['an unknown context', { ...config('x'), 'current-context': 'y' }, 'kubeconfig /bad: there is no context "y"'],
    [
      'an unknown cluster',
      { ...config('x'), clusters: [] },
      'kubeconfig /bad: there is no cluster "x", which context "x" names',
    ],
    [
      'an unknown user',
      { ...config('x'), users: [] },
      'kubeconfig /bad: there is no user "x", which context "x" names',
    ],
    [
      'a server without a scheme',
      config('x', '10.0.0.1:6443'),
      'kubeconfig /bad: the server of cluster "x" must be a URL with http or https',
    ],
    [
      'a cluster without a server',
      { ...config('x'), clusters: [{ name: 'x', cluster: {} }] },
      'kubeconfig /bad: clusters[0].cluster.server is missing',
    ],
  ];
  for (const [name, content, message] of cases) {
    it(`reports what is wrong: ${name}`, async () => {
      await rm(path('bad'), { force: true });
      if (content !== undefined) await write('bad', content);
      expect(await failureOf({ path: path('bad') })).to.satisfy((text: string) => text.startsWith(message), message);
    });
  }

  it('reports what is wrong with a text', async () => {
    const failed = (text: string): Promise<string> => failureOf({ text });
    expect(await failed('{ a: [')).to.match(/^kubeconfig of the option text: it is not YAML: /);
    expect(await failed('')).to.equal('kubeconfig of the option text: it is empty');
    expect(await failed('null')).to.equal('kubeconfig of the option text: it is not a kubeconfig');
    expect(await failed(path('good'))).to.equal('kubeconfig of the option text: it is not a kubeconfig');
    expect(await failed(JSON.stringify({ ...config('x'), clusters: [] }))).to.equal(
      'kubeconfig of the option text: there is no cluster "x", which context "x" names',
    );
  });

  it('refuses a text together with another source', async () => {
    const text = JSON.stringify(config('text'));
    expect(await failureOf({ text, path: path('good') })).to.equal(
      'loadKubeConfig: text and path exclude each other; remove one of them',
    );
    expect(await failureOf({ text, inCluster: true })).to.equal(
      'loadKubeConfig: text and inCluster exclude each other; remove one of them',
    );
  });

  it('reports a missing kubeconfig, service account or context', async () => {
    expect(await failureOf({})).to.match(/^there is no kubeconfig: set KUBECONFIG/);
    expect(await failureOf({ inCluster: true })).to.equal('this process does not run in a pod with a service account');
    expect(await failureOf({ path: path('good'), context: 'nope' })).to.equal(
      'kubeconfig /good: there is no context "nope"',
    );
  });
});
