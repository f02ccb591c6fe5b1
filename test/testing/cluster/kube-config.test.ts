import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';

import { kubeConfig, writeKubeConfig } from '../../../src/testing/cluster/kube-config.ts';

const common = { server: 'https://127.0.0.1:6443', caCertificate: 'CA', user: 'alice' };

const loaded = (text: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
};

describe('kubeConfig()', () => {
  it('returns a kubeconfig that clients load, with the authority embedded', () => {
    const config = loaded(kubeConfig({ ...common, credential: { token: 'secret' }, namespace: 'shop' }));
    expect(config.getCurrentCluster()).to.include({ server: 'https://127.0.0.1:6443', caData: btoa('CA') });
    expect(config.getCurrentUser()).to.include({ name: 'alice', token: 'secret' });
    expect(config.getContextObject(config.getCurrentContext())?.namespace).to.equal('shop');
  });

  it('embeds a client certificate with its key', () => {
    const clientCertificate = { certificate: 'CERTIFICATE', key: 'KEY' };
    const config = loaded(kubeConfig({ ...common, credential: { clientCertificate } }));
    expect(config.getCurrentUser()).to.include({ certData: btoa('CERTIFICATE'), keyData: btoa('KEY') });
  });

  it('may have no credential', () => {
    const user = loaded(kubeConfig({ ...common, credential: { anonymous: true } })).getCurrentUser();
    expect(user?.token).to.equal(undefined);
    expect(user?.certData).to.equal(undefined);
  });
});

describe('writeKubeConfig()', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'kube-config-'))));
  afterEach(async () => await rm(directory, { recursive: true }));

  for (const before of [undefined, 'a longer text that was in the file and readable by all users'])
    it(`writes for the owner only, ${before === undefined ? 'in a new file' : 'over a readable file'}`, async () => {
      const path = join(directory, 'config');
      if (before !== undefined) await writeFile(path, before, { mode: 0o644 });
      await writeKubeConfig(path, 'text');
      expect(await readFile(path, 'utf8')).to.equal('text');
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
    });
});
