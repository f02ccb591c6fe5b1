/** Sends a request with kubectl and with the transport of the informers, with the same kubeconfigs, and compares on whose behalf it is. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { loadKubeConfig } from '../../../src/informers/kube-config.ts';
import { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { testedKubectls } from '../../support/installed-clients.ts';
import { CREDENTIALS_CASES, type CredentialsCase } from './cases.ts';
import { EXEC_CASES } from './exec-cases.ts';
import { PROXY_CASES } from './proxy-cases.ts';
import { type ReceivedRequest, type RecordingServer, recordingServer } from './recording-server.ts';

const CASES = [...CREDENTIALS_CASES, ...EXEC_CASES, ...PROXY_CASES];
const PATH = '/api/v1/pods?limit=1';
const kubectls = await testedKubectls();

/** Returns the message of the failure, undefined if kubectl succeeds. */
function runKubectl(path: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(path, ['get', '--raw', PATH], { env, timeout: 60_000 }, (error, _, stderr) =>
      resolve(error === null ? undefined : stderr || error.message),
    );
    // Without credentials, kubectl asks for a username and a password.
    child.stdin?.on('error', () => undefined).end('\n\n');
  });
}

/** Returns the message of the failure, undefined if the request succeeds. */
async function runTransport(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  let transport: KubeTransport | undefined;
  try {
    transport = new KubeTransport(await loadKubeConfig({ env }), { env });
    await transport.get(PATH);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await transport?.close();
  }
}

describe('credentials of kubeconfigs', () => {
  let server: RecordingServer;
  let folder: string;

  before(async () => (server = await recordingServer('api.example.test')));
  after(() => server.close());
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kubectl-credentials-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const environmentOf = ({ files, env, kubeconfig = ['config'] }: CredentialsCase): Record<string, string> => {
    for (const [name, content] of Object.entries(files(server))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(join(folder, name), text, { mode: 0o700 });
    }
    const KUBECONFIG = kubeconfig.map((name) => join(folder, name)).join(delimiter);
    return { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG, ...env?.(server) };
  };

  const expected = ({ sends }: CredentialsCase): ReceivedRequest => ({
    method: 'GET',
    path: PATH,
    authorization: undefined,
    impersonation: [],
    certificate: undefined,
    ...sends,
  });

  describe('with the informers', () => {
    for (const row of CASES) {
      it(`${row.sends === undefined ? 'refuse' : 'send'} ${row.name}`, async () => {
        const failure = await runTransport(environmentOf(row));
        if (row.sends === undefined) expect(failure).to.match(row.refuses ?? /^$/);
        else expect(failure).to.equal(undefined);
        expect(server.take()).to.deep.equal(row.sends === undefined ? [] : [expected(row)]);
        expect(server.takeProxied()).to.deep.equal(row.proxied ?? []);
      });
    }
  });

  describe(`with kubectl ${kubectls[0]?.version ?? '(skipped: kubectl is not installed)'}`, () => {
    for (const row of CASES.filter(({ withoutKubectl }) => withoutKubectl === undefined)) {
      const accepts = row.sends !== undefined || row.kubectlAccepts !== undefined;
      it(`${accepts ? 'send' : 'refuse'} ${row.name}`, async function () {
        const [kubectl] = kubectls;
        if (kubectl === undefined) return this.skip();
        const failure = await runKubectl(kubectl.path, environmentOf(row));
        const received = server.take();
        if (accepts) expect(failure).to.equal(undefined);
        else expect(failure).to.be.a('string').that.is.not.empty;
        if (row.sends !== undefined) expect(received).to.deep.equal([expected(row)]);
        expect(server.takeProxied()).to.deep.equal(row.proxied ?? []);
      });
    }
  });
});
