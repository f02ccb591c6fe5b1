/** The command in a separate process, as users run it. */
import { expect } from 'chai';
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { CommandProcess } from '../support/command-process.ts';
import { requestOnce } from '../support/https-client.ts';
import { version } from '../../src/version.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubefacet-'));

const kubeConfigTo = (server: string): string => {
  const path = join(folder, 'unreachable.kubeconfig');
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  writeFileSync(path, JSON.stringify(text));
  return path;
};

describe('kubefacet', () => {
  let occupant: Server;
  let occupiedPort: string;

  before(async () => {
    occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    occupiedPort = String((occupant.address() as AddressInfo).port);
    mkdirSync(join(folder, 'bad'), { recursive: true });
    writeFileSync(join(folder, 'bad', 'pod.yaml'), 'kind: Pod\n  metadata: {');
    mkdirSync(join(folder, 'twice'), { recursive: true });
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n';
    writeFileSync(join(folder, 'twice', 'a.yaml'), pod);
    writeFileSync(join(folder, 'twice', 'b.yaml'), `${pod.replace('web', 'db')}---\n${pod}`);
    writeFileSync(
      join(folder, 'widget.yaml'),
      `${pod}---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n`,
    );
    writeFileSync(join(folder, 'invalid.yaml'), `${pod}---\n${pod.replace('web', 'Web')}`);
    writeFileSync(join(folder, 'not.pem'), 'nothing');
  });

  after(() => occupant.close());

  it('prints its version and its options', async () => {
    const commands = [new CommandProcess(['--version']), new CommandProcess(['--help'])] as const;
    expect(await Promise.all(commands.map((command) => command.exit()))).to.deep.equal([0, 0]);
    expect(commands[0].output).to.contain(version);
    expect(commands[1].output).to.contain('usage: kubefacet demo');
  });

  const failures: [cause: string, args: () => string[], code: number, message: RegExp][] = [
    ['no command', () => [], 2, /missing command; use kubefacet demo/],
    ['an unknown command', () => ['dmeo'], 2, /unknown command dmeo; see --help/],
    ['an unknown option', () => ['demo', '--pots', '3'], 2, /Unknown option '--pots'; see --help/],
    ['a port in use', () => ['demo', '--port', occupiedPort, '--pods', '3'], 1, /is in use/],
    [
      'a --serve-port in use',
      () => ['demo', '--port', '0', '--serve-port', occupiedPort, '--pods', '3'],
      1,
      /the port is in use/,
    ],
    [
      'a missing folder',
      () => ['demo', '--objects', join(folder, 'none')],
      1,
      /--objects .*none: no such file or folder/,
    ],
    ['a file without an object', () => ['demo', '--port', '0', '--objects', join(folder, 'bad')], 1, /pod\.yaml/],
    [
      'an object that two files define',
      () => ['demo', '--port', '0', '--objects', join(folder, 'twice')],
      1,
      /b\.yaml, document 2: Pod shop\/web is also in .*a\.yaml\. Remove one of them$/,
    ],
    [
      'an object of an unknown kind',
      () => ['demo', '--port', '0', '--objects', join(folder, 'widget.yaml')],
      1,
      /widget\.yaml, document 2: Widget w: the kind Widget in .* is unknown.*remove the object$/,
    ],
    [
      'an object that is invalid',
      () => ['demo', '--port', '0', '--objects', join(folder, 'invalid.yaml')],
      1,
      /invalid\.yaml, document 2: Pod "Web" is invalid: metadata\.name/,
    ],
    ['a missing kubeconfig', () => ['demo', '--kubeconfig', join(folder, 'none')], 1, /none/],
    [
      'a cluster that cannot be reached',
      () => ['demo', '--kubeconfig', kubeConfigTo('https://127.0.0.1:1')],
      1,
      /127\.0\.0\.1:1/,
    ],
    [
      'a file that is not a certificate',
      () => [
        'demo',
        '--kubeconfig',
        kubeConfigTo('https://127.0.0.1:1'),
        '--tls-cert-file',
        join(folder, 'not.pem'),
        '--tls-private-key-file',
        join(folder, 'not.pem'),
      ],
      1,
      /not\.pem: the file contains no PEM/,
    ],
  ];
  for (const [cause, args, code, message] of failures) {
    it(`prints one line and exits with ${code} for ${cause}`, async () => {
      const command = new CommandProcess(args(), { cwd: folder });
      expect(await command.exit(), command.output).to.equal(code);
      const lines = command.output.split('\n').filter((line) => line !== '' && line !== '<ended>');
      expect(lines).to.have.length(1);
      expect(lines[0])
        .to.match(/^kubefacet: /)
        .and.match(message);
    });
  }

  it('runs the demo until Ctrl-C, and prints ready when /readyz of the cluster responds with 200', async () => {
    const demo = new CommandProcess(['demo', '--port', '0', '--pods', '40', '--churn', '50'], { cwd: folder });
    await demo.ready();
    const path = join(folder, '.kubefacet/demo.kubeconfig');
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(path);
    const ca = Buffer.from(kubeConfig.getCurrentCluster()?.caData ?? '', 'base64').toString();
    const { certData, keyData } = kubeConfig.getCurrentUser() ?? {};
    const client = { cert: Buffer.from(certData ?? '', 'base64'), key: Buffer.from(keyData ?? '', 'base64') };
    const port = Number(new URL(kubeConfig.getCurrentCluster()?.server ?? '').port);
    expect(await requestOnce('/readyz', { port, ca })).to.include({ status: 200, text: 'ok' });
    const list = await requestOnce('/apis/example.com/v1/podsummaries', { port, ca, client });
    expect((JSON.parse(list.text) as { items: unknown[] }).items.length).to.be.above(20);
    expect(demo.output).to.contain('kubectl get podsummaries -A');
    const [, task = ''] = /echo '(.*)' \| kubectl apply -f -\n/.exec(demo.output) ?? [];
    const created = await requestOnce(`/apis/example.com/v1/namespaces/default/customtasks`, {
      port,
      ca,
      client,
      method: 'POST',
      body: task,
    });
    expect(created.status, created.text).to.equal(201);
    expect(await demo.stop(), demo.output).to.equal(0);
    expect(existsSync(path)).to.equal(false);
  });
});
