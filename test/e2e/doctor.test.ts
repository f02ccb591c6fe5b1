/** `kubefacet doctor` for a server that is installed in a real cluster with the permissions of `kubefacet manifests`, and then broken. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { certificateAuthority } from '../../src/certificates.ts';
import { CommandProcess } from '../support/command-process.ts';
import { apiService, clusterOfEnvironment, kubectl, recreateNamespace, untilServed } from './kubectl.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const GROUP = 'doctor.example.com';
const API_SERVICE = `v1.${GROUP}`;
const NAMESPACE = 'kubefacet-doctor';
const ADDRESS = process.env['E2E_ADDRESS'] ?? 'localhost';
/** The cluster reads OpenAPI of a new APIService at once, and after a failure a minute later. */
const OPENAPI_MS = 90_000;

interface Result {
  readonly name: string;
  readonly status: string;
  readonly summary: string;
}

describe('kubefacet doctor in a real cluster', () => {
  let kubeConfig: string;
  let folder: string;
  let server: CommandProcess | undefined;
  let port: number;
  let caBundle: string;

  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const apply = (...items: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const registration = (ca = caBundle): object => {
    const object = apiService({ group: GROUP, port, caBundle: ca }) as { readonly spec: { readonly service: object } };
    return { ...object, spec: { ...object.spec, service: { ...object.spec.service, namespace: NAMESPACE } } };
  };
  const service = (): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubefacet', namespace: NAMESPACE },
    spec: { type: 'ExternalName', externalName: ADDRESS },
  });

  const doctor = async (): Promise<Result[]> => {
    const account = ['--service-account', `${NAMESPACE}/kubefacet`, '--server-address', `127.0.0.1:${port}`];
    const options = ['--kubeconfig', kubeConfig, '--output', 'json', '--check-timeout', '1m'];
    const command = new CommandProcess(['doctor', join(folder, 'server.ts'), ...account, ...options]);
    await command.exit();
    const [text = ''] = command.output.split('\n<ended>');
    return (JSON.parse(text) as { readonly checks: Result[] }).checks;
  };

  /** Runs doctor until the check has this status: the cluster notices a change after some seconds. */
  const until = async (check: string, status: string, time = 60_000): Promise<string> => {
    const deadline = Date.now() + time;
    for (;;) {
      const results = await doctor();
      const found = results.find(({ name }) => name === check);
      if (found?.status === status) return found.summary;
      if (Date.now() > deadline) throw new Error(JSON.stringify(results, undefined, 2));
    }
  };

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) return this.skip();
    ({ kubeConfig } = cluster);
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-doctor-e2e-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/kubefacet'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const definition = readFileSync(join(ROOT, 'examples/definition.ts'), 'utf8');
    writeFileSync(
      join(folder, 'server.ts'),
      definition
        .replace("'./running-pods.ts'", JSON.stringify(join(ROOT, 'examples/running-pods.ts')))
        .replace("'example.com'", `'${GROUP}'`),
    );
    const files = ['--tls-generated-ca-file', join(folder, 'ca.crt')];
    const names = ['--tls-generated-names', `kubefacet.${NAMESPACE}.svc`];
    const options = ['--kubeconfig', kubeConfig, '--serve-port', '0', ...files, ...names];
    server = new CommandProcess(['serve', join(folder, 'server.ts'), ...options]);
    const [, listening = ''] = await server.until(/listening on https:\/\/\S*:(\d+)/);
    port = Number(listening);
    caBundle = readFileSync(join(folder, 'ca.crt'), 'utf8');
    await recreateNamespace(kubeConfig, NAMESPACE);
    await apply(service(), registration());
    await untilServed(kubeConfig, GROUP);
  });

  after(async () => {
    if (server === undefined) return;
    // Delete the APIService first: one without a server slows down all requests.
    await run('delete', 'apiservice', API_SERVICE, '--ignore-not-found');
    await run('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
    const label = ['-l', 'app.kubernetes.io/name=kubefacet-doctor', '--ignore-not-found'];
    await run('delete', 'clusterrole,clusterrolebinding', ...label);
    await run('delete', 'rolebinding', '-n', 'kube-system', ...label);
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('names the missing rights, and is content with those of kubefacet manifests', async () => {
    expect(await until('rights', 'failed')).to.equal('4 problems');
    const args = ['manifests', join(folder, 'server.ts'), '--image', 'none', '--format', 'kustomize'];
    const output = ['--name', 'kubefacet-doctor', '--namespace', NAMESPACE, '--output', join(folder, 'manifests')];
    const manifests = [join(ROOT, 'src/cli/main.ts'), ...args, ...output];
    execFileSync(process.execPath, ['--conditions=source', ...manifests], { stdio: 'ignore' });
    const rbac = readFileSync(join(folder, 'manifests/rbac.yaml'), 'utf8');
    const account = (text: string): string =>
      text.replaceAll(/(subjects:\n(?:.*\n)*?.*name: )kubefacet-doctor$/gm, '$1kubefacet');
    await kubectl(kubeConfig, ['apply', '-f', '-'], account(rbac));
    await until('rights', 'ok');
  });

  it('finds no problem in the complete installation', async () => {
    await until('OpenAPI', 'ok', OPENAPI_MS);
    const failed = (await doctor()).filter(({ status }) => status === 'failed' || status === 'skipped');
    expect(failed).to.deep.equal([]);
  });

  it('names a missing Service', async () => {
    await run('delete', 'service', 'kubefacet', '-n', NAMESPACE);
    expect(await until('Service', 'failed')).to.match(/the Service kubefacet-doctor\/kubefacet does not exist/);
    await apply(service());
    await until('availability', 'ok');
  });

  it('names a CA that did not sign the serving certificate, and the message of the kube-apiserver', async () => {
    const { certificate } = await certificateAuthority('another');
    await apply(registration(certificate));
    expect(await until('serving certificate', 'failed')).to.match(/which caBundle of the APIService/);
    // The condition follows minutes later, but requests fail at once.
    expect(await until('path', 'failed')).to.match(/x509: certificate signed by unknown authority/);
    await apply(registration());
    await until('path', 'ok');
  });

  it('names a server that has stopped', async () => {
    expect(await server?.stop()).to.equal(0);
    expect(await until('serving certificate', 'failed')).to.match(/no TLS server responds/);
  });

  it('names a missing APIService', async () => {
    await run('delete', 'apiservice', API_SERVICE);
    expect(await until('APIService', 'failed')).to.equal(`the APIService ${API_SERVICE} does not exist`);
  });
});
