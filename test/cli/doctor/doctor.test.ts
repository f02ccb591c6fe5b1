/** Deliberately broken installations: doctor names the problem of each, and what to do. */
import { expect } from 'chai';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { certificateAuthority } from '../../../src/certificates.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import type { CheckResult } from '../../../src/cli/doctor/check.ts';
import type { DoctorOptions } from '../../../src/cli/doctor/context.ts';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { jsonReport, textReport } from '../../../src/cli/doctor/report.ts';
import { CommandProcess } from '../../support/command-process.ts';
import { type Installation, type InstallationOptions, install, MODULE } from './installation.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/doctor.md'), 'utf8');
const DAY = 86_400_000;
const EXAMPLES = resolve(import.meta.dirname, '../../../examples');

/** An installation with one mistake. */
interface Broken {
  readonly title: string;
  readonly options?: InstallationOptions;
  /** Breaks the installation, and returns options of doctor. */
  readonly break?: (installed: Installation) => Promise<Partial<DoctorOptions>> | Partial<DoctorOptions> | void;
  /** The check that names the problem. */
  readonly check: string;
  readonly status?: 'warning';
  readonly cause: RegExp;
  readonly fix: RegExp;
}

const INSTALLATIONS: readonly Broken[] = [
  {
    title: 'a missing kubeconfig',
    break: () => ({ kubeconfig: 'none' }),
    check: 'kubeconfig',
    cause: /kubeconfig none: there is no such file/,
    fix: /--kubeconfig/,
  },
  {
    title: 'an unknown context',
    break: () => ({ context: 'other' }),
    check: 'kubeconfig',
    cause: /there is no context "other"/,
    fix: /--context/,
  },
  {
    title: 'an API server that cannot be reached',
    break: ({ cluster, folder }) => changedKubeConfig(folder, (text) => text.replaceAll(`:${cluster.port}`, ':1')),
    check: 'API server',
    cause: /127\.0\.0\.1:1/,
    fix: /Check the address in the kubeconfig/,
  },
  {
    title: 'credentials that the cluster refuses',
    break: ({ cluster, folder }) => {
      const valid = cluster.kubeConfigWithToken({ name: 'jane', token: 'valid-token' });
      writeFileSync(join(folder, 'other'), valid.replace('valid-token', 'wrong-token'));
      return { kubeconfig: join(folder, 'other') };
    },
    check: 'API server',
    cause: /refuses the credentials: Unauthorized/,
    fix: /Log in again/,
  },
  {
    title: 'a missing module',
    break: () => ({ modulePath: 'none.ts' }),
    check: 'module',
    cause: /none\.ts: no such file/,
    fix: /Correct the module/,
  },
  {
    title: 'an account that may not watch a source',
    options: { authorize: (user, access) => !isAccess(access, 'pods', 'watch') || !user.name.includes(':kubefacet:') },
    check: 'rights',
    cause: /^system:serviceaccount:kubefacet:kubefacet may not watch pods$/,
    fix: /Add the rule \{ apiGroups: \[""\], resources: \[pods\], verbs: \[watch\] \} to the ClusterRole/,
  },
  {
    title: 'an account that may not read the configuration of the front proxy',
    options: { authorize: (user, access) => !isAccess(access, 'configmaps') || !user.name.includes(':kubefacet:') },
    check: 'rights',
    cause: /may not get, list and watch configmaps "extension-apiserver-authentication" in the namespace kube-system/,
    fix: /Bind the Role extension-apiserver-authentication-reader/,
  },
  {
    title: 'an account that may not create access reviews',
    options: {
      authorize: (user, access) => !isAccess(access, 'subjectaccessreviews') || !user.name.includes(':kubefacet:'),
    },
    check: 'rights',
    cause: /may not create subjectaccessreviews\.authorization\.k8s\.io$/,
    fix: /Bind the ClusterRole system:auth-delegator/,
  },
  {
    title: 'an account that may not create token reviews',
    options: {
      authorize: (user, access) => !isAccess(access, 'tokenreviews') || !user.name.includes(':kubefacet:'),
    },
    check: 'rights',
    cause: /may not create tokenreviews\.authentication\.k8s\.io$/,
    fix: /Bind the ClusterRole system:auth-delegator/,
  },
  {
    title: 'a cluster without the configuration of a front proxy',
    break: ({ storage }) => void storage.delete('configmaps', 'kube-system/extension-apiserver-authentication'),
    check: 'authentication ConfigMap',
    cause: /extension-apiserver-authentication does not exist/,
    fix: /--requestheader-client-ca-file/,
  },
  {
    title: 'a configuration that is no JSON',
    break: (installed) => installed.changeFrontProxy({ 'requestheader-username-headers': '[X-Remote-User' }),
    check: 'authentication ConfigMap',
    cause: /requestheader-username-headers must be JSON/,
    fix: /--requestheader-/,
  },
  {
    title: 'an expired CA of the front proxy',
    break: async (installed) => {
      const expired = await certificateAuthority('old-front-proxy', { validity: -1 });
      installed.changeFrontProxy({ 'requestheader-client-ca-file': expired.certificate });
    },
    check: 'front-proxy CA',
    cause: /the CA "CN=old-front-proxy" expired on/,
    fix: /Renew the CA/,
  },
  {
    title: 'a front proxy with the CA of the users and without a name',
    break: (installed) =>
      installed.changeFrontProxy({
        'requestheader-client-ca-file': installed.cluster.clientAuthority.certificate,
        'requestheader-allowed-names': '[]',
      }),
    check: 'front-proxy CA',
    status: 'warning',
    cause: /each of them can act as any user/,
    fix: /its own CA/,
  },
  {
    title: 'a missing APIService',
    break: (installed) => installed.deleteApiService(),
    check: 'APIService',
    cause: /the APIService v1\.example\.com does not exist/,
    fix: /Apply the APIService/,
  },
  {
    title: 'a group version that the cluster serves from a CRD',
    break: (installed) => installed.changeApiService({ service: null }),
    check: 'APIService',
    cause: /has no service, so the kube-apiserver serves example\.com\/v1 itself/,
    fix: /Choose another group or version/,
  },
  {
    title: 'a certificate for another name',
    options: {
      certificate: (authority) =>
        authority.issue({ commonName: 'kubefacet.kubefacet.svc', dnsNames: ['kubefacet'], usage: 'server' }),
    },
    check: 'serving certificate',
    cause: /is for DNS:kubefacet, not for kubefacet\.kubefacet\.svc/,
    fix: /subject alternative name/,
  },
  {
    title: 'a certificate of another CA than that of the caBundle',
    break: async (installed) => {
      const { certificate } = await certificateAuthority('serving-ca');
      installed.changeApiService({ caBundle: Buffer.from(certificate).toString('base64') });
    },
    check: 'serving certificate',
    cause: /signed by another CA with the same name, "CN=serving-ca"/,
    fix: /Set spec\.caBundle/,
  },
  {
    title: 'an expired certificate',
    options: { certificate: (authority) => issued(authority, -1) },
    check: 'serving certificate',
    cause: /the serving certificate expired on/,
    fix: /Renew/,
  },
  {
    title: 'a certificate that expires soon',
    break: (installed) => ({
      clock: { now: () => Date.now() + 360 * DAY, schedule: () => () => undefined },
      modulePath: MODULE,
      serverAddress: { host: '127.0.0.1', port: installed.port },
    }),
    check: 'serving certificate',
    status: 'warning',
    cause: /the serving certificate expires on/,
    fix: /Renew/,
  },
  {
    title: 'a certificate for clients',
    options: {
      certificate: (authority) =>
        authority.issue({ commonName: 'a', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'client' }),
    },
    check: 'serving certificate',
    cause: /is not for servers/,
    fix: /TLS Web Server Authentication/,
  },
  {
    title: 'an APIService without a caBundle',
    break: (installed) => installed.changeApiService({ caBundle: '' }),
    check: 'serving certificate',
    cause: /has no caBundle/,
    fix: /Set spec\.caBundle/,
  },
  {
    title: 'a caBundle that is no certificate',
    break: (installed) => installed.changeApiService({ caBundle: Buffer.from('ca').toString('base64') }),
    check: 'serving certificate',
    cause: /caBundle of the APIService v1\.example\.com is not usable: it contains no PEM certificate/,
    fix: /Set spec\.caBundle/,
  },
  {
    title: 'an APIService that verifies no certificate',
    break: (installed) => installed.changeApiService({ caBundle: null, insecureSkipTLSVerify: true }),
    check: 'serving certificate',
    status: 'warning',
    cause: /insecureSkipTLSVerify/,
    fix: /Remove insecureSkipTLSVerify/,
  },
  {
    title: 'a server that does not run',
    options: { isDown: true },
    check: 'serving certificate',
    cause: /no TLS server responds at 127\.0\.0\.1:1/,
    fix: /Start the server/,
  },
  {
    title: 'a missing Service',
    break: ({ storage }) => void storage.delete('services', 'kubefacet/kubefacet'),
    check: 'Service',
    cause: /the Service kubefacet\/kubefacet does not exist/,
    fix: /Create the Service/,
  },
  {
    title: 'a Service with another port',
    break: (installed) => installed.changeService({ ports: [{ name: 'https', port: 8443 }] }),
    check: 'Service',
    cause: /has the ports 8443, but the APIService v1\.example\.com names the port 443/,
    fix: /Add the port 443/,
  },
  {
    title: 'a Service whose selector matches no pod',
    break: (installed) => {
      installed.changeService({ selector: { app: 'kubefacet' } });
      installed.changeEndpoints([]);
    },
    check: 'endpoints',
    cause: /no pod with the labels app=kubefacet backs the Service/,
    fix: /kubectl get pods -n kubefacet -l app=kubefacet/,
  },
  {
    title: 'pods that are not ready',
    break: (installed) => {
      installed.changeService({ selector: { app: 'kubefacet' } });
      installed.changeEndpoints([{ addresses: ['10.0.0.1'], conditions: { ready: false } }]);
    },
    check: 'endpoints',
    cause: /none of the 1 endpoints/,
    fix: /readyz\?verbose/,
  },
  {
    title: 'a Service without endpoints and selector',
    break: (installed) => installed.changeEndpoints([]),
    check: 'endpoints',
    cause: /has no endpoints and no selector/,
    fix: /ExternalName/,
  },
  {
    title: 'an APIService that is not available',
    options: { isDown: true },
    break: async (installed) => {
      await installed.untilCondition(/./);
      return { serverAddress: undefined };
    },
    check: 'availability',
    cause: /is not available: FailedDiscoveryCheck: failing or missing response/,
    fix: /the server listens on the target port/,
  },
  {
    title: 'a server that runs another version of the module',
    break: ({ folder }) => {
      const path = resolve(import.meta.dirname, '../../../examples');
      const text = readFileSync(MODULE, 'utf8').replace("'./running-pods.ts'", `'${path}/running-pods.ts'`);
      return moduleIn(folder, text.replace("'runningpods'", "'activepods'"));
    },
    check: 'discovery',
    cause: /the server lacks activepods in example\.com\/v1/,
    fix: /Restart the servers/,
  },
  {
    title: 'a cluster without OpenAPI of the group',
    options: { isOther: true },
    check: 'OpenAPI',
    cause: /OpenAPI v3 does not contain apis\/example\.com\/v1/,
    fix: /run doctor again in a minute/,
  },
  {
    title: 'another server behind the Service',
    options: { isOther: true },
    check: 'path',
    cause: /has no header X-Kubefacet-Source-Age, so another server sent it/,
    fix: /Correct the selector/,
  },
  {
    title: 'a source that does not exist',
    break: ({ folder }) =>
      moduleIn(
        folder,
        readFileSync(MODULE, 'utf8')
          .replace("'./running-pods.ts'", `'${EXAMPLES}/running-pods.ts'`)
          .replace(
            'informers.pods',
            "informers.of<never>({ group: 'shop.example', version: 'v1', resource: 'widgets' })",
          ),
      ),
    check: 'sources',
    cause: /the source widgets\.shop\.example \(v1\) does not exist/,
    fix: /Install the CRD/,
  },
  {
    title: 'a source with versions that do not fit positions',
    options: { revision: 2 ** 44 },
    check: 'sources',
    status: 'warning',
    cause: /the source pods has the version "\d{14}", which is not a number below 2\^43/,
    fix: /docs\/resource-versions\.md/,
  },
  {
    title: 'a cluster without WatchList',
    options: { features: { watchList: false } },
    check: 'sources',
    status: 'warning',
    cause: /the source pods does not support WatchList$/,
    fix: /Nothing must be done/,
  },
  {
    title: 'a source of the server that cannot be read',
    options: { authorize: (user, access) => !isAccess(access, 'pods') || user.name !== 'server' },
    check: 'path',
    cause: /the server responds to .*runningpods with 429/,
    fix: /has not synced/,
  },
];

describe('kubefacet doctor', () => {
  it('finds no problem in a good installation, and prints the output of docs/doctor.md', async () => {
    await using installed = await install();
    await installed.untilOpenApi();
    const results = await installed.diagnose();
    expect(new Set(results.map(({ status }) => status)), textReport(results)).to.deep.equal(new Set(['ok']));
    expect(PAGE).to.contain(`\`\`\`\n${shown(textReport(results))}\`\`\``);
  });

  for (const { title, options, break: breaks, check, status = 'failed', cause, fix } of INSTALLATIONS) {
    it(`names ${title}`, async () => {
      await using installed = await install(options);
      const changes = (await breaks?.(installed)) ?? {};
      const results = await installed.diagnose(changes);
      const report = textReport(results);
      const found = results.find(({ name }) => name === check);
      expect(found?.status, report).to.equal(status);
      const problem = found?.problems.find((one) => cause.test(one.cause));
      expect(problem?.fix, report).to.match(fix);
      expect(report, report).to.not.match(/valid-token|wrong-token|PRIVATE KEY|client-key-data/);
    });
  }

  it('prints the problem of docs/doctor.md, and skips the checks that depend on it', async () => {
    await using installed = await install();
    installed.changeService({ selector: { app: 'kubefacet' }, ports: [{ name: 'https', port: 8443 }] });
    const report = textReport(await installed.diagnose());
    const [, from = ''] = /(failed {3}Service[\s\S]*)/.exec(report) ?? [];
    expect(PAGE).to.contain(`\`\`\`\n${from}\`\`\``);
  });

  it('checks the cluster only, without a module', async () => {
    await using installed = await install();
    installed.deleteApiService();
    const results = await installed.diagnose({ modulePath: undefined });
    expect(results.map(({ name, status }) => `${name} ${status}`)).to.deep.equal([
      'kubeconfig ok',
      'API server ok',
      'rights ok',
      'authentication ConfigMap ok',
      'front-proxy CA ok',
    ]);
  });

  it('accepts a Service of type ExternalName, and reads the certificate from its host', async () => {
    await using installed = await install();
    installed.changeApiService({ service: { namespace: 'kubefacet', name: 'kubefacet', port: installed.port } });
    installed.changeService({ type: 'ExternalName', externalName: '127.0.0.1', ports: [] });
    const results = await installed.diagnose({ serverAddress: undefined });
    expect(summaryOf(results, 'endpoints')).to.equal('ok kubefacet/kubefacet leads to 127.0.0.1');
    expect(summaryOf(results, 'serving certificate')).to.match(/^ok for kubefacet\.kubefacet\.svc, .*127\.0\.0\.1:/);
  });

  it('skips the certificate of a server that cannot be reached, and continues', async () => {
    await using installed = await install();
    const results = await installed.diagnose({ serverAddress: undefined });
    expect(summaryOf(results, 'serving certificate')).to.match(/^skipped .*use --tls-cert-file or --server-address/);
    expect(summaryOf(results, 'path')).to.match(/^ok/);
  });

  it('checks the certificate in a file', async () => {
    await using installed = await install();
    const file = join(installed.folder, 'tls.crt');
    writeFileSync(file, (await issued(installed.authority, DAY)).certificate);
    const results = await installed.diagnose({ certFile: file });
    expect(summaryOf(results, 'serving certificate')).to.match(/^warning the serving certificate expires on/);
    const missing = await installed.diagnose({ certFile: 'none' });
    expect(summaryOf(missing, 'serving certificate')).to.match(/^failed .*none cannot be used/);
  });

  it('warns about objects that the kubeconfig may not read, instead of blaming the installation', async () => {
    await using installed = await install({
      authorize: (_, access) => access.type !== 'resource' || access.resource !== 'apiservices',
    });
    const file = join(installed.folder, 'jane');
    writeFileSync(file, await installed.cluster.kubeConfigFor({ name: 'jane' }));
    const results = await installed.diagnose({ kubeconfig: file });
    expect(summaryOf(results, 'APIService')).to.match(
      /^warning not checked, because the kubeconfig does not allow it: apis/,
    );
    expect(summaryOf(results, 'path')).to.equal('skipped because of the problem of "APIService"');
  });

  it('changes nothing in the cluster', async () => {
    await using installed = await install();
    installed.cluster.api.forgetRequests();
    await installed.diagnose();
    const written = installed.cluster.api.requests.filter(
      ({ method, resource }) => method !== 'GET' && !/reviews/.test(resource),
    );
    expect(written.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([]);
  });

  it('exits with 0 if no check failed, and with 1 for a failed check', async () => {
    await using installed = await install();
    const commands: readonly (readonly [string[], number, RegExp])[] = [
      [['doctor', '--kubeconfig', join(installed.folder, 'kubeconfig')], 0, /^5 ok$/m],
      [['doctor', '--kubeconfig', 'none'], 1, /^failed {3}kubeconfig: kubeconfig none: there is no such file$/m],
    ];
    for (const [command, code, output] of commands) {
      const running = new CommandProcess(command);
      expect(await running.exit(), running.output).to.equal(code);
      expect(running.output).to.match(output);
    }
  });

  it('prints JSON', async () => {
    await using installed = await install();
    const args = ['--kubeconfig', join(installed.folder, 'kubeconfig'), '--output', 'json'];
    const { text, exitCode } = await doctor(args, {}, new AbortController().signal);
    expect(exitCode).to.equal(0);
    const [first] = (JSON.parse(text) as { checks: object[] }).checks;
    expect(first).to.deep.equal({
      name: 'kubeconfig',
      status: 'ok',
      summary: `context fake, server ${installed.cluster.url}`,
      problems: [],
    });
  });

  for (const [args, message] of [
    [['--output', 'xml'], /^--output: "xml" must be text or json; see --help$/],
    [['--service-account', 'a'], /must be like kubefacet\/kubefacet/],
    [['--server-address', 'a'], /must be like localhost:8443/],
    [['--server-address', 'a:70000'], /must be like localhost:8443/],
    [['--check-timeout', '0'], /must be from 1ms/],
    [['a.ts', 'b.ts'], /doctor takes one MODULE, but b\.ts follows a\.ts/],
  ] as const) {
    it(`refuses ${args.join(' ')} with the exit code 2`, async () => {
      const error: unknown = await doctor(args, {}, new AbortController().signal).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CliError).with.property('exitCode', 2);
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('ends with one error when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    const error: unknown = await doctor(['--kubeconfig', 'none'], {}, signal).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(CliError).with.property('message', 'interrupted before all checks were done');
  });

  it('escapes control characters of the cluster', async () => {
    await using installed = await install();
    installed.storage.patchStatus('apiservices.apiregistration.k8s.io', 'v1.example.com', {
      conditions: [{ type: 'Available', status: 'False', reason: 'A\u001b[2J', message: 'b\u202e' }],
    });
    const results = await installed.diagnose();
    expect(textReport(results)).to.contain('A\\u001b[2J: b\\u202e');
    for (const control of ['\u001b', '\u202e']) expect(jsonReport(results)).to.not.contain(control);
    expect(JSON.parse(jsonReport(results))).to.have.property('healthy', false);
  });
});

function isAccess(
  access: { readonly type: string; readonly resource?: string; readonly verb: string },
  resource: string,
  verb?: string,
): boolean {
  return access.type === 'resource' && access.resource === resource && (verb === undefined || access.verb === verb);
}

function summaryOf(results: readonly CheckResult[], check: string): string {
  const found = results.find(({ name }) => name === check);
  return `${found?.status} ${found?.summary}`;
}

/** Replaces what differs from run to run. */
function shown(report: string): string {
  return report
    .replace(/server https:\S+/, 'server https://10.0.0.1:6443')
    .replace(/127\.0\.0\.1:\d+/, '10.0.0.2:8443')
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, '2027-11-30');
}

function changedKubeConfig(folder: string, change: (text: string) => string): Partial<DoctorOptions> {
  const kubeconfig = join(folder, 'changed');
  writeFileSync(kubeconfig, change(readFileSync(join(folder, 'kubeconfig'), 'utf8')));
  return { kubeconfig };
}

/** Writes a module beside the examples' folder, so that it can import the package. */
function moduleIn(folder: string, text: string): Partial<DoctorOptions> {
  const root = resolve(import.meta.dirname, '../../..');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/kubefacet'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const modulePath = join(folder, 'module.ts');
  writeFileSync(modulePath, text);
  return { modulePath };
}

function issued(
  authority: Installation['authority'],
  validity: number,
): ReturnType<Installation['authority']['issue']> {
  return authority.issue({ commonName: 'a', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server', validity });
}
