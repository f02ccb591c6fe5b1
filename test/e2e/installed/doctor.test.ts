/** `kubefacet doctor` in a real cluster: a complete installation, and deliberately broken ones. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateAuthority } from '../../../src/certificates.ts';
import type { CheckResult } from '../../../src/cli/doctor/check.ts';
import type { DoctorOptions } from '../../../src/cli/doctor/context.ts';
import { diagnose } from '../../../src/cli/doctor/doctor.ts';
import { textReport } from '../../../src/cli/doctor/report.ts';
import { systemClock } from '../../../src/clock.ts';
import { CommandProcess } from '../../support/command-process.ts';
import { untilServed } from '../kubectl.ts';
import { GROUP, installation, type Installation, MODULE, NAME, until } from './installation.ts';

const API_SERVICE = `v1.${GROUP}`;
const CONFIG_MAP = ['-n', 'kube-system', 'configmap', 'extension-apiserver-authentication'] as const;
/** The kube-apiserver reads OpenAPI of a new APIService at once, and after a failure a minute later. */
const OPENAPI_S = 150;

/** An installation with one mistake. */
interface Broken {
  readonly title: string;
  /** Breaks the installation, and returns options of doctor. */
  readonly break: () => Promise<Partial<DoctorOptions> | void> | Partial<DoctorOptions>;
  /** Repairs what applying the manifests again does not repair. */
  readonly repair?: () => Promise<unknown>;
  /** The check that names the problem. */
  readonly check: string;
  readonly cause: RegExp;
}

describe('kubefacet doctor in a real cluster', function () {
  this.timeout(300_000);
  let installed: Installation;
  let folder: string;
  const kubectl = (...args: string[]): Promise<string> => installed.upstream.kubectl(...args);
  const patch = (spec: object): Promise<string> =>
    kubectl('patch', 'apiservice', API_SERVICE, '--type=merge', '-p', JSON.stringify({ spec }));
  /** Applies the Service of the manifests, which selects pods. There are none. */
  const applyService = (): Promise<string> =>
    installed.upstream.apply(...installed.documents.filter(({ kind }) => kind === 'Service'));
  const account = { namespace: NAME, name: NAME };

  const INSTALLATIONS: readonly Broken[] = [
    {
      title: 'a server that runs another version of the module',
      break: () => changedModule("'notes'", "'remarks'"),
      check: 'discovery',
      cause: /the server lacks remarks in installed\.example\.com\/v1/,
    },
    {
      title: 'a source that does not exist',
      break: () =>
        changedModule(
          'informers.configMaps',
          "informers.of<{}>({ group: 'shop.example', version: 'v1', resource: 'widgets' })",
        ),
      check: 'sources',
      cause: /the source widgets\.shop\.example \(v1\) does not exist/,
    },
    {
      title: 'credentials that the cluster refuses',
      break: () => kubeConfigOf({ token: 'wrong' }, installed.upstream.port),
      check: 'API server',
      cause: /refuses the credentials: Unauthorized/,
    },
    {
      title: 'an API server that cannot be reached',
      break: () => kubeConfigOf({ token: 'wrong' }, 1),
      check: 'API server',
      cause: /127\.0\.0\.1:1/,
    },
    {
      title: 'an account without the rights for its sources',
      break: async () => {
        await kubectl('delete', 'clusterrolebinding', `${NAME}-sources`);
        return { serviceAccount: account };
      },
      check: 'rights',
      cause: /^system:serviceaccount:installed:installed may not list and watch pods$/,
    },
    {
      title: 'an account that may not create reviews',
      break: async () => {
        await kubectl('delete', 'clusterrolebinding', `${NAME}-auth-delegator`);
        return { serviceAccount: account };
      },
      check: 'rights',
      cause: /may not create tokenreviews\.authentication\.k8s\.io$/,
    },
    {
      title: 'an account that may not read the configuration of the front proxy',
      break: async () => {
        await kubectl('-n', 'kube-system', 'delete', 'rolebinding', `${NAME}-authentication-reader`);
        return { serviceAccount: account };
      },
      check: 'rights',
      cause: /may not get configmaps "extension-apiserver-authentication"/,
    },
    {
      title: 'a configuration of the front proxy that is no JSON',
      break: () => patchFrontProxy('[X-Remote-User'),
      repair: () => patchFrontProxy('["X-Remote-User"]'),
      check: 'authentication ConfigMap',
      cause: /requestheader-username-headers must be JSON/,
    },
    {
      title: 'a certificate for another Service than that of the APIService',
      break: async () => {
        await patch({ service: { namespace: NAME, name: 'other' } });
        return { serverAddress: { host: '127.0.0.1', port: installed.port } };
      },
      check: 'serving certificate',
      cause: /is for DNS:installed\.installed\.svc, DNS:localhost, not for other\.installed\.svc/,
    },
    {
      title: 'a certificate of another CA than that of the caBundle',
      break: () => patchCa(),
      check: 'serving certificate',
      cause: /signed by "CN=serving", which caBundle of the APIService/,
    },
    {
      title: 'requests that the kube-apiserver cannot forward because of this CA',
      break: () => patchCa(),
      check: 'path',
      cause: /x509: certificate signed by unknown authority/,
    },
    {
      title: 'a server that does not run',
      break: async () => void (await patch({ service: { port: 1 } })),
      check: 'serving certificate',
      cause: /no TLS server responds at localhost:1/,
    },
    {
      title: 'an APIService that is not available',
      break: async () => {
        await patch({ service: { port: 1 } });
        return { serverAddress: { host: '127.0.0.1', port: installed.port } };
      },
      check: 'availability',
      cause: /v1\.installed\.example\.com is not available: FailedDiscoveryCheck: .*connection refused/,
    },
    {
      title: 'a Service with another port',
      break: async () => void (await applyService()),
      check: 'Service',
      cause: /has the ports 443, but the APIService v1\.installed\.example\.com names the port \d+/,
    },
    {
      title: 'a Service whose selector matches no pod',
      break: async () => {
        await applyService();
        await patch({ service: { port: 443 } });
      },
      check: 'endpoints',
      cause: /no pod with the labels app\.kubernetes\.io\/name=installed backs the Service/,
    },
    {
      title: 'a missing Service',
      break: async () => void (await kubectl('-n', NAME, 'delete', 'service', NAME)),
      check: 'Service',
      cause: /the Service installed\/installed does not exist/,
    },
    {
      title: 'a missing APIService',
      break: async () => void (await kubectl('delete', 'apiservice', API_SERVICE)),
      check: 'APIService',
      cause: /the APIService v1\.installed\.example\.com does not exist/,
    },
  ];

  async function patchCa(): Promise<void> {
    const { certificate } = await certificateAuthority('another');
    await patch({ caBundle: Buffer.from(certificate).toString('base64') });
  }

  async function patchFrontProxy(usernameHeaders: string): Promise<void> {
    const data = { 'requestheader-username-headers': usernameHeaders };
    await kubectl('patch', ...CONFIG_MAP, '--type=merge', '-p', JSON.stringify({ data }));
  }

  function kubeConfigOf(user: object, port: number): Partial<DoctorOptions> {
    const kubeconfig = join(folder, 'changed.kubeconfig');
    installed.upstream.writeKubeConfig(kubeconfig, user, { port });
    return { kubeconfig };
  }

  /** Writes a module inside the checkout, where it finds the package by its name. */
  function changedModule(from: string, to: string): Partial<DoctorOptions> {
    const text = readFileSync(MODULE, 'utf8').replaceAll('../../../', '../../../../');
    const modulePath = join(folder, `${to.replaceAll(/\W/g, '')}.ts`);
    writeFileSync(modulePath, text.replace(from, to));
    return { modulePath };
  }

  function run(options: Partial<DoctorOptions>): Promise<CheckResult[]> {
    const unset = { context: undefined, namespaces: undefined, serviceAccount: undefined, certFile: undefined };
    return diagnose(
      {
        ...unset,
        modulePath: MODULE,
        kubeconfig: installed.upstream.kubeConfig,
        serverAddress: undefined,
        env: {},
        clock: systemClock,
        ...options,
      },
      { timeout: 30_000, signal: new AbortController().signal },
    );
  }

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    folder = mkdtempSync(join(import.meta.dirname, '.doctor-'));
  });

  after(async () => {
    if (folder === undefined) return;
    rmSync(folder, { recursive: true });
    await untilServed(installed.upstream.kubeConfig, GROUP);
  });

  it('finds no problem in the complete installation', async () => {
    let results: CheckResult[] = [];
    const isRead = async (): Promise<boolean> => {
      results = await run({ serviceAccount: account });
      return results.some(({ name, status }) => name === 'OpenAPI' && status === 'ok');
    };
    await until(isRead, OPENAPI_S);
    // Kubernetes 1.20 has no WatchList.
    const found = results.filter(({ name, status }) => status !== 'ok' && name !== 'sources');
    expect(found, textReport(results)).to.deep.equal([]);
    const args = ['--kubeconfig', installed.upstream.kubeConfig, '--service-account', `${NAME}/${NAME}`];
    const command = new CommandProcess(['doctor', MODULE, ...args]);
    expect(await command.exit(), command.output).to.equal(0);
    expect(command.output).to.match(/^14 ok, 1 warning$/m);
  });

  for (const broken of INSTALLATIONS) {
    it(`names ${broken.title}`, async () => {
      try {
        const options = (await broken.break()) ?? {};
        let results: CheckResult[] = [];
        // The kube-apiserver notices changes after a moment.
        const isNamed = async (): Promise<boolean> => {
          results = await run(options);
          const found = results.find(({ name }) => name === broken.check);
          return found?.status === 'failed' && found.problems.some(({ cause }) => broken.cause.test(cause));
        };
        await until(isNamed, 90).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${textReport(results)}`);
        });
      } finally {
        await broken.repair?.();
        await installed.upstream.apply(...installed.installed());
      }
    });
  }
});
