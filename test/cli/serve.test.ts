/** `kubefacet serve` in a separate process, with modules of a user in a separate folder, against a cluster in this process. */
import { expect } from 'chai';
import { subscribe } from 'node:diagnostics_channel';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { V1APIService } from '../../src/informers/index.ts';
import { CliError } from '../../src/cli/cli-error.ts';
import { serve } from '../../src/cli/serve.ts';
import { certificateAuthority, fakeCluster, type FakeCluster, pod, putObjects } from '../../src/testing/index.ts';
import { sqliteStore } from '../../src/stores/index.ts';
import { CommandProcess } from '../support/command-process.ts';
import { Http2Client, requestOnce } from '../support/https-client.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATH = '/apis/example.com/v1';

/** A module with a projection and a raw endpoint that responds when the file `go` exists. */
const MODULE = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { kubefacet, identity, map, rawEndpoint, resource } from 'kubefacet';
import type { Collection, V1Pod } from 'kubefacet/informers';

const placed = (pods: Collection<V1Pod>) =>
  pods.pipe(map((pod) => ({ metadata: identity(pod), node: pod.spec?.nodeName ?? 'none' })));

export default kubefacet(({ informers, signal }) => {
  signal.addEventListener('abort', () => writeFileSync(new URL('ended', import.meta.url), ''));
  const slow = rawEndpoint({
    path: '/slow',
    paths: {
      '': {
        GET: async (ctx) => {
          console.log('a slow request has begun');
          while (!existsSync('go')) await delay(10);
          ctx.body = 'complete';
        },
      },
    },
  });
  const pods = resource({ kind: 'PlacedPod', plural: 'placedpods', namespaced: true }, placed(informers.pods));
  return { apis: [{ group: 'example.com', version: 'v1', resources: [pods, slow] }] };
});
`;

/** A module with a durable store, which it does not close. */
const STORE_MODULE = `
import { channel } from 'node:diagnostics_channel';
import { kubefacet, resource } from 'kubefacet';
import { sqliteStore } from 'kubefacet/stores';
export default kubefacet(({ signal }) => {
  const store = sqliteStore({ path: new URL('tasks.db', import.meta.url).pathname });
  store.ready(signal).then(() => channel('store is open').publish({}), () => undefined);
  const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: false }, store);
  return { apis: [{ group: 'example.com', version: 'v1', resources: [tasks] }] };
});
`;

describe('kubefacet serve', () => {
  let folder: string;
  let cluster: FakeCluster;
  const running: CommandProcess[] = [];

  before(async () => {
    folder = moduleFolder({ 'server.ts': MODULE });
    cluster = await fakeCluster({ objects: [pod('shop/web', { node: 'n1' })] });
    writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
    writeFileSync(
      join(folder, 'config.yaml'),
      'kubeconfig: kubeconfig\nserve: { port: 0 }\nshutdown: { watchGracePeriod: 0s }\n',
    );
  });
  afterEach(async () => {
    rmSync(join(folder, 'go'), { force: true });
    for (const command of running.splice(0)) {
      command.signal('SIGKILL');
      await command.exit();
    }
  });
  after(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): CommandProcess => {
    const command = new CommandProcess(['serve', ...args], { cwd: folder, env });
    running.push(command);
    return command;
  };

  /** Starts a server that accepts every request, and returns its port and the CA of its certificate when it is ready. */
  const startDevelopment = async (...args: readonly string[]) => {
    const settings = ['--config', 'config.yaml', '--insecure-dev', '--tls-generated-ca-file', 'ca.crt'];
    const command = start(['server.ts', ...settings, ...args]);
    const [, port = ''] = await command.until(/listening on https:\/\/127\.0\.0\.1:(\d+)/);
    await command.until(/ready: all checks/);
    return { command, port: Number(port), ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  };

  it('serves a TypeScript module behind the aggregator of a cluster, with a certificate for its Service', async () => {
    const command = start(['server.ts', '--tls-generated-ca-file', 'ca.crt'], { KUBEFACET_CONFIG: 'config.yaml' });
    const [, port = ''] = await command.until(/listening on https:\/\/\S*:(\d+)/);
    await command.until(/ready: all checks/);
    const caBundle = readFileSync(join(folder, 'ca.crt'), 'utf8');
    await cluster.registerApiService({ group: 'example.com', version: 'v1', port: Number(port), caBundle });
    const { certificate: cert, key } = await cluster.clientAuthority.issue({ commonName: 'jane', usage: 'client' });
    const client = { port: cluster.port, ca: cluster.caCertificate, client: { cert, key } };
    const { status, text } = await requestOnce(`${PATH}/namespaces/shop/placedpods/web`, client);
    expect(status, text).to.equal(200);
    expect(JSON.parse(text)).to.deep.include({ kind: 'PlacedPod', node: 'n1' });
    putObjects(cluster.storage, [pod('shop/db', { node: 'n2' })]);
    expect(await command.stop(), command.output).to.equal(0);
    expect(command.output).to.match(/shutting down\n[^]*the server has shut down\n/);
    expect(existsSync(join(folder, 'ended'))).to.equal(true);
  });

  it('completes a request and ends a watch after SIGTERM, and exits with 0', async () => {
    const { command, port, ca } = await startDevelopment();
    const client = new Http2Client({ port, ca });
    const watch = client.watch(`${PATH}/placedpods?watch=true`);
    expect((await watch.next())?.type).to.equal('ADDED');
    const slow = requestOnce(`${PATH}/slow`, { port, ca });
    await command.until(/a slow request has begun/);
    command.signal('SIGTERM');
    await command.until(/shutting down/);
    for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
      expect(event.type).to.be.oneOf(['ADDED', 'BOOKMARK']);
    }
    writeFileSync(join(folder, 'go'), '');
    expect(await slow).to.include({ status: 200, text: 'complete' });
    client.close();
    expect(await command.exit(), command.output).to.equal(0);
  });

  it('writes the log and an audit line for each request as JSON', async () => {
    const { command, port, ca } = await startDevelopment('--log-format', 'json', '--audit');
    expect((await requestOnce(`${PATH}/namespaces/shop/placedpods/web`, { port, ca })).status).to.equal(200);
    await command.until(/"msg":"audit"/);
    expect(await command.stop(), command.output).to.equal(0);
    const lines = command.output.split('\n').filter((line) => line.startsWith('{'));
    const audit = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'audit');
    expect(audit).to.deep.include({ verb: 'get', resource: 'placedpods', namespace: 'shop', name: 'web', code: 200 });
    expect(lines.at(-1)).to.include('the server has shut down');
  });

  it('serves requests during shutdown.delay, while /readyz fails', async () => {
    const { command, port, ca } = await startDevelopment('--shutdown-delay', '1h');
    command.signal('SIGTERM');
    await command.until(/shutting down/);
    expect((await requestOnce('/readyz', { port, ca })).status).to.equal(500);
    expect((await requestOnce(`${PATH}/placedpods`, { port, ca })).status).to.equal(200);
    command.signal('SIGTERM');
    expect(await command.exit(), command.output).to.equal(1);
  });

  it('ends the process at once on a second signal', async () => {
    const { command, port, ca } = await startDevelopment();
    const slow = requestOnce(`${PATH}/slow`, { port, ca }).catch((error: unknown) => error);
    await command.until(/a slow request has begun/);
    command.signal('SIGTERM');
    await command.until(/shutting down/);
    command.signal('SIGINT');
    expect(await command.exit(), command.output).to.equal(1);
    expect(await slow).to.be.instanceOf(Error);
  });

  it('serves a certificate from files', async () => {
    const authority = await certificateAuthority('test');
    const { certificate, key } = await authority.issue({ commonName: 'a', dnsNames: ['localhost'], usage: 'server' });
    writeFileSync(join(folder, 'tls.crt'), certificate);
    writeFileSync(join(folder, 'tls.key'), key);
    const files = { KUBEFACET_TLS_CERT_FILE: 'tls.crt', KUBEFACET_TLS_PRIVATE_KEY_FILE: 'tls.key' };
    const command = start(['server.ts', '--config', 'config.yaml'], files);
    const [, port = ''] = await command.until(/listening on https:\/\/\S*:(\d+)/);
    expect((await requestOnce('/livez', { port: Number(port), ca: authority.certificate })).status).to.equal(200);
    expect(await command.stop(), command.output).to.equal(0);
  });

  it('serves a self-made certificate that the cluster trusts, also after a restart', async () => {
    const service = { namespace: 'apps', name: 'mine' };
    cluster.storage.create('namespaces', { metadata: { name: service.namespace } });
    // Another test may have registered it with another CA.
    if (cluster.storage.get('apiservices.apiregistration.k8s.io', 'v1.example.com') !== undefined) {
      cluster.storage.delete('apiservices.apiregistration.k8s.io', 'v1.example.com');
    }
    cluster.storage.create('apiservices.apiregistration.k8s.io', {
      metadata: { name: 'v1.example.com' },
      spec: { group: 'example.com', version: 'v1', service: { ...service, port: 443 } },
    });
    const settings = { KUBEFACET_TLS_MODE: 'self-made', KUBEFACET_TLS_SERVICE: 'apps/mine' };
    const bundleOf = (): unknown => {
      const object = cluster.storage.get('apiservices.apiregistration.k8s.io', 'v1.example.com');
      return (object as V1APIService | undefined)?.spec?.caBundle;
    };
    const bundles = new Set<unknown>();
    const { certificate: cert, key } = await cluster.clientAuthority.issue({ commonName: 'jane', usage: 'client' });
    const client = { port: cluster.port, ca: cluster.caCertificate, client: { cert, key } };
    for (const run of ['the first', 'the second']) {
      const command = start(['server.ts', '--config', 'config.yaml'], settings);
      const [, port = ''] = await command.until(/listening on https:\/\/\S*:(\d+)/);
      cluster.registerBackend(service, { host: '127.0.0.1', port: Number(port) });
      await command.until(/ready: all checks/);
      await until(() => bundleOf() !== undefined);
      bundles.add(bundleOf());
      const paths = `${PATH}/namespaces/shop/placedpods/web`;
      await until(async () => (await requestOnce(paths, client)).status === 200);
      expect(await command.stop(), `${run}: ${command.output}`).to.equal(0);
      // The aggregator of the cluster may write the status of the APIService between a read and a write of the server.
      const unexpected = /(WARN|ERROR)(?!.* was changed at the same time$)/;
      expect(command.output.split('\n').filter((line) => unexpected.test(line))).to.deep.equal([]);
      const lease = cluster.storage.get('leases.coordination.k8s.io', 'apps/mine-ca');
      expect(lease?.['spec']).to.include({ holderIdentity: '' });
    }
    expect(bundles.size).to.equal(1);
    cluster.storage.delete('apiservices.apiregistration.k8s.io', 'v1.example.com');
  });

  it('ends although code of the module keeps running', async () => {
    writeFileSync(join(folder, 'timer.ts'), `setInterval(() => undefined, 1000);\n${MODULE}`);
    const command = start(['timer.ts', '--config', 'config.yaml']);
    await command.until(/ready: all checks/);
    expect(await command.stop(), command.output).to.equal(0);
    expect(command.output).to.contain('the module has not ended');
  });

  it('ends on a signal before the definition is complete, and reports a definition that never is', async () => {
    const waiting = (wait: string): string =>
      `import { kubefacet } from 'kubefacet';\nexport default kubefacet(() => new Promise(() => { ${wait} }));`;
    writeFileSync(join(folder, 'waits.ts'), waiting("console.log('waiting'); setTimeout(() => {}, 1e6);"));
    writeFileSync(join(folder, 'never.ts'), waiting(''));
    const command = start(['waits.ts', '--config', 'config.yaml']);
    await command.until(/waiting/);
    command.signal('SIGTERM');
    expect(await command.exit(), command.output).to.equal(0);
    const never = start(['never.ts', '--config', 'config.yaml']);
    expect(await never.exit(), never.output).to.equal(1);
    expect(never.output).to.match(
      /^kubefacet: never\.ts: the definition failed: it awaits something that never happens$/m,
    );
  });

  it('closes its stores, so that another process can open the file right after the exit', async () => {
    writeFileSync(join(folder, 'tasks.ts'), STORE_MODULE);
    const args = ['tasks.ts', '--config', 'config.yaml', '--insecure-dev', '--tls-generated-ca-file', 'ca.crt'];
    const path = `${PATH}/tasks`;
    for (const [method, expected] of [
      ['POST', 201],
      ['GET', 200],
    ] as const) {
      const command = start(args);
      const [, port = ''] = await command.until(/listening on https:\/\/127\.0\.0\.1:(\d+)/);
      await command.until(/ready: all checks/);
      const body = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Task', metadata: { name: 'a' } });
      const request = { port: Number(port), ca: readFileSync(join(folder, 'ca.crt'), 'utf8'), method };
      const { status, text } = await requestOnce(
        method === 'GET' ? `${path}/a` : path,
        method === 'GET' ? request : { ...request, body },
      );
      expect(status, text).to.equal(expected);
      expect(await command.stop(), command.output).to.equal(0);
      // SQLite removes this file when it closes the database, and keeps it if the process ends without that.
      expect(readdirSync(folder).filter((file) => file.startsWith('tasks.db'))).to.deep.equal(['tasks.db']);
    }
  });

  it('drops messages below --log-level', async () => {
    const command = start(['server.ts', '--config', 'config.yaml', '--log-level', 'warn']);
    await command.until(/WARN the serving certificate was generated for this run/);
    expect(await command.stop(), command.output).to.equal(0);
    expect(command.output).to.not.contain('INFO');
  });

  it('prints one error and exits with 2 for a wrong setting, and with 1 for a wrong module', async () => {
    const wrong: readonly (readonly [string[], number, RegExp])[] = [
      [['server.ts', '--serve-port', 'http'], 2, /^kubefacet: --serve-port: "http" must be a whole number/],
      [['none.ts'], 1, /^kubefacet: none\.ts: no such file$/],
    ];
    for (const [args, code, message] of wrong) {
      const command = start(args);
      expect(await command.exit(), command.output).to.equal(code);
      const lines = command.output.split('\n').filter((line) => line !== '' && line !== '<ended>');
      expect(lines, command.output).to.have.length(1);
      expect(lines[0]).to.match(message);
    }
  });
});

describe('serve()', () => {
  let folder: string;
  let cluster: FakeCluster;

  before(async () => {
    folder = moduleFolder({
      'server.ts': MODULE,
      'tasks.ts': STORE_MODULE,
      'nothing.ts': 'export {};',
      'throws.ts': definition("throw new Error('boom');"),
      'invalid.ts': definition('return { apis: [] };'),
      'no-resource.ts': definition(
        "return { apis: [{ group: 'example.com', version: 'v1', resources: [{} as never] }] };",
      ),
      'wrong.yaml': 'serve: { prot: 1 }',
    });
    cluster = await fakeCluster();
    writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
  });
  after(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string): string => join(folder, name);
  const failures: readonly (readonly [cause: string, args: () => readonly string[], code: number, message: RegExp])[] =
    [
      ['no module', () => [], 2, /missing MODULE/],
      ['two modules', () => ['a.ts', 'b.ts'], 2, /serve takes one MODULE, but b\.ts follows a\.ts/],
      ['a missing module', () => [file('none.ts')], 1, /none\.ts: no such file/],
      ['a module that defines nothing', () => [file('nothing.ts')], 1, /nothing\.ts has no default export/],
      ['a definition that fails', () => [file('throws.ts')], 1, /the definition failed: boom \(.*throws\.ts:3\)/],
      ['a definition that is not valid', () => [file('invalid.ts')], 1, /the definition is not valid: .*at least one/],
      ['an item that is no resource', () => [file('no-resource.ts')], 1, /the definition is not valid: resources: /],
      ['a wrong setting', () => ['a.ts', '--serve-port', 'http'], 2, /--serve-port: "http" must be a whole number/],
      ['a wrong file', () => ['a.ts', '--config', file('wrong.yaml')], 2, /wrong\.yaml: serve\.prot is unknown/],
      ['a certificate without its key', () => ['a.ts', '--tls-cert-file', 'a'], 2, /must be used together/],
      ['names for files', () => ['a.ts', ...pem('a'), '--tls-generated-names', 'b'], 2, /cannot be combined/],
      ['the mode of files without files', () => ['a.ts', '--tls-mode', 'files'], 2, /files needs --tls-cert-file/],
      [
        'files in another mode',
        () => ['a.ts', ...pem('a'), '--tls-mode', 'self-made'],
        2,
        /belongs to --tls-mode files/,
      ],
      ['a Service without its mode', () => ['a.ts', '--tls-service', 'a/b'], 2, /belongs to --tls-mode self-made/],
      ['a Service without a namespace', () => ['a.ts', '--tls-service', 'b'], 2, /must be like kubefacet\/kubefacet/],
      [
        'a missing kubeconfig',
        () => [file('server.ts'), '--kubeconfig', 'none'],
        1,
        /kubeconfig none: there is no such/,
      ],
      ['an unknown context', () => [file('server.ts'), '--context', 'x'], 1, /context.*x/],
      ['files that are no certificate', () => [file('server.ts'), ...pem(file('server.ts'))], 1, /contains no PEM/],
      ['an address of another machine', () => [file('server.ts'), '--serve-host', '192.0.2.1'], 1, /192\.0\.2\.1/],
      [
        'a CA that cannot be written',
        () => [file('server.ts'), '--tls-generated-ca-file', file('no/ca')],
        1,
        /cannot write/,
      ],
    ];
  it('has closed its stores when it ends', async () => {
    const end = new AbortController();
    subscribe('store is open', () => end.abort());
    const args = [file('tasks.ts'), '--kubeconfig', file('kubeconfig'), '--serve-port', '0', '--log-level', 'error'];
    await serve(args, {}, { out: process.stdout, signal: end.signal });
    const store = sqliteStore({ path: file('tasks.db') });
    await store.ready(new AbortController().signal);
    await store.close();
  });

  for (const [cause, args, code, message] of failures) {
    it(`fails with one line and the code ${code} for ${cause}`, async () => {
      const env = { KUBEFACET_KUBECONFIG: file('kubeconfig'), KUBEFACET_LOG_LEVEL: 'error' };
      const { signal } = new AbortController();
      const error: unknown = await serve(args(), env, { out: process.stdout, signal }).catch(
        (caught: unknown) => caught,
      );
      expect(error).to.be.instanceOf(CliError);
      const { message: text, exitCode } = error as CliError;
      expect(text).to.match(message).and.not.contain('\n');
      expect(exitCode).to.equal(code);
    });
  }
});

/** Returns a new folder with files, in which modules can import this package. */
function moduleFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubefacet-serve-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/kubefacet'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function definition(body: string): string {
  return `import { kubefacet } from 'kubefacet';\nexport default kubefacet(() => {\n  ${body}\n});\n`;
}

function pem(path: string): string[] {
  return ['--tls-cert-file', path, '--tls-private-key-file', path];
}
