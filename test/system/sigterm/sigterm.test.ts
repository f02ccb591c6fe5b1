/** SIGTERM to a `kubefacet serve` under load: no request is cut, watches end cleanly, and the process ends with 0. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeCluster, type FakeCluster, pod } from '../../../src/testing/index.ts';
import { CommandProcess } from '../../support/command-process.ts';
import { connections, type Outcome, type Protocol, read, Reader, type ServerAddress, Upload } from './load.ts';

const MODULE = join(import.meta.dirname, 'served.ts');
const ROWS = '/apis/example.com/v1/largerows';
/** The rows together are larger than all buffers of a connection. */
const PODS = 4000;
const PROTOCOLS: readonly Protocol[] = ['h1', 'h2'];

describe('SIGTERM under load', function () {
  this.timeout(240_000);
  let folder: string;
  let cluster: FakeCluster;
  let command: CommandProcess;
  let server: ServerAddress;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-sigterm-'));
    cluster = await fakeCluster({ objects: Array.from({ length: PODS }, (_, index) => pod(`a/pod-${index}`)) });
    writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
  });
  afterEach(async () => {
    command.signal('SIGKILL');
    await command.exit();
  });
  after(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const start = async (...args: readonly string[]): Promise<void> => {
    const files = ['--kubeconfig', 'kubeconfig', '--tls-generated-ca-file', 'ca.crt'];
    const settings = ['--insecure-dev', '--serve-port', '0', ...args];
    command = new CommandProcess(['serve', MODULE, ...files, ...settings], { cwd: folder });
    const [, port] = await command.until(/listening on https:\/\/127\.0\.0\.1:(\d+)/);
    await command.until(/ready: all checks/);
    server = { port: Number(port), ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  };

  /** Sends the signal, and resolves when new requests are refused. */
  const drained = async (): Promise<void> => {
    command.signal('SIGTERM');
    let outcome: Outcome = 0;
    while (outcome !== 503) {
      const client = connections(server);
      ({ outcome } = await read(client, 'h1', `${ROWS}?limit=1`).ended);
      client.cut();
      expect(outcome).to.be.oneOf([200, 503]);
    }
  };

  const statusesOf = (readers: readonly Reader[]): Outcome[] => [
    ...new Set(readers.flatMap(({ outcomes }) => [...outcomes.keys()])),
  ];

  for (const [when, delay] of [
    ['after a delay', '1s'],
    ['without a delay', '0s'],
  ] as const) {
    it(`completes lists, initial events and uploads in progress, and ends watches after a complete line, ${when}`, async () => {
      await start('--shutdown-delay', delay, '--shutdown-watch-grace-period', '1s');
      const readers = PROTOCOLS.flatMap((protocol) => [
        ...Array.from({ length: 3 }, () => new Reader(server, protocol, false)),
        new Reader(server, protocol, true),
      ]);
      const watches = PROTOCOLS.flatMap((protocol) =>
        Array.from({ length: 5 }, () =>
          read(connections(server), protocol, `${ROWS}?watch=true&fieldSelector=metadata.name%3Dpod-1`),
        ),
      );
      const initial = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const paused = PROTOCOLS.flatMap((protocol) =>
        ['', initial].map((query) => read(connections(server, 65_535), protocol, `${ROWS}?${query}`)),
      );
      for (const { begun } of watches) await begun;
      for (const { begun, exchange } of paused) {
        await begun;
        exchange.pause();
      }
      const uploads = PROTOCOLS.map((protocol) => new Upload(server, protocol));
      for (const { begun } of uploads) await begun;
      await drained();
      for (const upload of uploads) upload.finish();
      for (const { exchange } of paused) exchange.resume();

      expect(await Promise.all(uploads.map(({ outcome }) => outcome))).to.deep.equal([201, 201]);
      const results = await Promise.all([...watches, ...paused].map(({ ended }) => ended));
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(results.map(() => 200));
      for (const { text } of results) expect(text.at(-1), text.slice(-100)).to.equal('\n');
      for (const { gone } of readers) await gone;
      // There is no other replica, so clients that leave come back until the port is closed.
      expect(statusesOf(readers)).to.have.members([200, 503]);
      expect(await command.exit(), command.output).to.equal(0);
    });
  }
});
