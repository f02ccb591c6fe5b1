import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { CliError } from '../../src/cli/cli-error.ts';
import { manifests } from '../../src/cli/manifests.ts';
import { CommandProcess } from '../support/command-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MODULE = join(ROOT, 'examples/definition.ts');
const IMAGE = ['--image', 'registry.example/mine:1'];
/** The rights of a server that makes its certificate. */
const OWN_RIGHTS = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const kindsWith = (...rights: readonly string[]): string[] => [
  'Namespace',
  'ServiceAccount',
  'ClusterRoleBinding',
  'RoleBinding',
  ...rights,
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterRole',
  'Service',
  'Deployment',
  'PodDisruptionBudget',
  'APIService',
];

interface Document {
  readonly kind: string;
  readonly spec?: { readonly caBundle?: string };
}

const documentsIn = (text: string): Document[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Document);

describe('kubefacet manifests', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-manifests-'));
    writeFileSync(join(folder, 'ca.crt'), '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(join(folder, 'no.crt'), 'nothing');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints the objects as documents, and notes on stderr', async () => {
    const command = new CommandProcess(['manifests', 'examples/definition.ts', ...IMAGE, '--tls', 'secret']);
    expect(await command.exit(), command.output).to.equal(0);
    expect(command.output).to.match(/kubefacet: note: without --ca-file, add .* to the APIService v1\.example\.com\n/);
    const [text = ''] = command.output.replace(/kubefacet: note: .*\n/, '').split('\n<ended>');
    expect(documentsIn(text).map(({ kind }) => kind)).to.deep.equal(kindsWith());
    expect(text).to.contain('            - serve\n            - examples/definition.ts\n');
  });

  it('writes one file, with the CA', async () => {
    const file = join(folder, 'new/all.yaml');
    const { text, notes } = await manifests([MODULE, ...IMAGE, '--ca-file', join(folder, 'ca.crt'), '--output', file]);
    expect([text, notes]).to.deep.equal(['', []]);
    const documents = documentsIn(readFileSync(file, 'utf8'));
    expect(documents.map(({ kind }) => kind)).to.deep.equal(kindsWith());
    expect(documents.at(-1)?.spec?.caBundle).to.equal(Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64'));
  });

  it('writes a folder for kustomize, whose files contain the same objects', async () => {
    const output = join(folder, 'base');
    await manifests([MODULE, ...IMAGE, '--format', 'kustomize', '--output', output]);
    const { resources } = parse(readFileSync(join(output, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
    expect(readdirSync(output)).to.have.members([...resources, 'kustomization.yaml']);
    const all = resources.flatMap((file) => documentsIn(readFileSync(join(output, file), 'utf8')));
    expect(all.map(({ kind }) => kind)).to.deep.equal(kindsWith(...OWN_RIGHTS));
  });

  it('needs no certificate and no other software by default, and names cert-manager if it is needed', async () => {
    const { text, notes } = await manifests([MODULE, ...IMAGE]);
    expect(notes).to.deep.equal([]);
    expect(text)
      .to.contain('name: KUBEFACET_TLS_MODE\n              value: self-made\n')
      .and.not.contain('volumeMounts: /tls');
    const managed = await manifests([MODULE, ...IMAGE, '--tls', 'cert-manager', '--tls-secret', 'own']);
    expect(managed.notes).to.deep.equal(['the cluster needs cert-manager, with its CA injector']);
    expect(documentsIn(managed.text).filter(({ kind }) => kind === 'Certificate' || kind === 'Issuer')).to.have.length(
      4,
    );
  });

  it('uses an existing issuer of cert-manager', async () => {
    const { text, notes } = await manifests([MODULE, ...IMAGE, '--issuer', 'ClusterIssuer/company']);
    expect(notes).to.deep.equal([
      'the cluster needs cert-manager, with its CA injector, and the ClusterIssuer company',
    ]);
    expect(documentsIn(text).map(({ kind }) => kind))
      .to.include('Certificate')
      .and.not.include('Issuer');
    expect(text)
      .to.contain('cert-manager.io/inject-ca-from: kubefacet/kubefacet-serving\n')
      .and.contain('kind: ClusterIssuer\n    name: company\n');
  });

  it('names the key of the CA that Prometheus needs in a Secret of the user', async () => {
    const monitor = ['--tls', 'secret', '--service-monitor', 'monitoring/prometheus'];
    const key = 'without --ca-file, Prometheus needs the CA as the key ca.crt of the Secret kubefacet-tls';
    expect((await manifests([MODULE, ...IMAGE, ...monitor])).notes).to.include(key);
    const known = await manifests([MODULE, ...IMAGE, ...monitor, '--ca-file', join(folder, 'ca.crt')]);
    expect(known.notes).to.not.include(key);
  });

  for (const [cause, args, code, message] of [
    ['no module', () => [], 2, /missing MODULE/],
    ['two modules', () => ['a', 'b', ...IMAGE], 2, /manifests takes one MODULE, but b follows a/],
    ['no image', () => [MODULE], 2, /missing --image/],
    ['a folder that is missing', () => [MODULE, ...IMAGE, '--format', 'kustomize'], 2, /needs --output PATH/],
    ['an unknown option', () => [MODULE, '--config', 'a'], 2, /Unknown option '--config'/],
    ['a missing CA', () => [MODULE, ...IMAGE, '--ca-file', 'none'], 1, /--ca-file none: .*no such file/],
    ['a CA that is not PEM', () => [MODULE, ...IMAGE, '--ca-file', join(folder, 'no.crt')], 1, /no certificate in PEM/],
    ['a CA without its Secret', () => [MODULE, ...IMAGE, '--tls', 'self-made', '--ca-file', 'a'], 2, /caBundle itself/],
    [
      'an issuer that is not used',
      () => [MODULE, ...IMAGE, '--tls', 'secret', '--issuer', 'a'],
      2,
      /--issuer cannot be combined with --tls secret/,
    ],
    [
      'a Secret that is not used',
      () => [MODULE, ...IMAGE, '--tls', 'self-made', '--tls-secret', 'a'],
      2,
      /no such Secret/,
    ],
    ['a missing module', () => ['none.ts', ...IMAGE], 1, /none\.ts: no such file/],
    ['a file that cannot be written', () => [MODULE, ...IMAGE, '--output', folder], 1, /cannot write/],
  ] as const) {
    it(`fails with the code ${code} for ${cause}`, async () => {
      const error: unknown = await manifests(args()).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CliError);
      expect((error as CliError).message)
        .to.match(message)
        .and.not.contain('\n');
      expect((error as CliError).exitCode).to.equal(code);
    });
  }
});
