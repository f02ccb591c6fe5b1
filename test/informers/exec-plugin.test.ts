import { expect } from 'chai';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execConfig } from '../../src/informers/exec-config.ts';
import { ExecPlugin } from '../../src/informers/exec-plugin.ts';
import type { ExecEnvironment } from '../../src/informers/exec-plugin.ts';
import { fakeClock } from '../../src/testing/informers/index.ts';

const VERSION = 'client.authentication.k8s.io/v1';
const CLUSTER = { name: 'c', server: 'https://c', skipTLSVerify: false };

describe('ExecPlugin', () => {
  let folder: string;
  let clock: ReturnType<typeof fakeClock>;
  const file = (name: string): string => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'exec-plugin-'));
    clock = fakeClock();
    writeFileSync(file('runs'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Creates a plugin that counts its runs and then runs `script`. */
  const plugin = (script: string, environment: ExecEnvironment = {}): ExecPlugin => {
    writeFileSync(file('plugin'), `#!/bin/sh\nprintf x >> '${file('runs')}'\n${script}\n`);
    chmodSync(file('plugin'), 0o700);
    const exec = { apiVersion: VERSION, command: file('plugin'), interactiveMode: 'Never' };
    return new ExecPlugin(execConfig(exec, 'user "u"'), CLUSTER, { clock, ...environment });
  };
  const runs = (): number => readFileSync(file('runs'), 'utf8').length;
  /** The token is the number of the run. */
  const printing = (expires?: number): string => {
    const time = expires === undefined ? '' : `,"expirationTimestamp":"${new Date(expires).toISOString()}"`;
    return `echo '{"kind":"ExecCredential","apiVersion":"${VERSION}","status":{"token":"'$(wc -c < '${file('runs')}')'"${time}}}'`;
  };
  const failureOf = (one: ExecPlugin): Promise<string> =>
    one.credential().then(
      () => 'it did not fail',
      (error: Error) => error.message.replaceAll(folder, ''),
    );

  it('runs once for all that wait, and keeps credentials that do not expire', async () => {
    const one = plugin(`sleep 0.1; ${printing()}`);
    const all = await Promise.all(Array.from({ length: 50 }, () => one.credential()));
    clock.advance(1e9);
    all.push(await one.credential());
    expect(new Set(all.map(({ token }) => token))).to.deep.equal(new Set(['1']));
    expect(runs()).to.equal(1);
  });

  it('runs again when the credentials have expired', async () => {
    const one = plugin(printing(clock.now() + 60_000));
    await one.credential();
    clock.advance(59_999);
    expect((await one.credential()).token).to.equal('1');
    clock.advance(1);
    expect((await one.credential()).token).to.equal('2');
    // The time of the second run is over too. A plugin that prints only old credentials runs every 5 s.
    expect((await one.credential()).token).to.equal('2');
    clock.advance(5_000);
    expect((await one.credential()).token).to.equal('3');
  });

  it('runs again once when the server has rejected the credentials', async () => {
    const one = plugin(printing());
    const first = await one.credential();
    clock.advance(5_000);
    for (let number = 0; number < 10; number += 1) one.reject(first);
    const [second, same] = await Promise.all([one.credential(), one.credential()]);
    expect([second.token, same.token]).to.deep.equal(['2', '2']);
    one.reject(first);
    expect((await one.credential()).token, 'the rejected credentials are older ones').to.equal('2');
    one.reject(second);
    expect((await one.credential()).token, 'the last run was less than 5 s ago').to.equal('2');
    clock.advance(5_000);
    expect((await one.credential()).token).to.equal('3');
  });

  it('shares a failure for 5 s', async () => {
    const one = plugin('exit 1');
    for (let number = 0; number < 10; number += 1)
      expect(await failureOf(one)).to.equal('the exec plugin /plugin exited with code 1');
    expect(runs()).to.equal(1);
    clock.advance(5_000);
    await failureOf(one);
    expect(runs()).to.equal(2);
  });

  it('ends a plugin that takes too long, also if its children keep the output open', async () => {
    const one = plugin('sleep 60 & sleep 60', { clock: undefined, timeoutMs: 100 });
    expect(await failureOf(one)).to.equal('the exec plugin /plugin did not end within 0.1 s');
  });

  it('ends a plugin that prints too much', async () => {
    expect(await failureOf(plugin('yes'))).to.equal('the exec plugin /plugin printed more than 1048576 bytes');
  });

  it('prints the end of stderr without control characters', async () => {
    const one = plugin(String.raw`printf 'first\nsecond \033[31mred\n' >&2; exit 2`);
    expect(await failureOf(one)).to.equal('the exec plugin /plugin exited with code 2: second [31mred');
  });

  it('names a file that may not be executed', async () => {
    const one = plugin('');
    chmodSync(file('plugin'), 0o600);
    expect(await failureOf(one)).to.equal('the exec plugin /plugin may not be executed by this process');
  });

  it('never quotes the output', async () => {
    for (const output of ['secret', '{"kind":"secret"', '{"kind":"ExecCredential","apiVersion":"secret"}', '"secret'])
      expect(await failureOf(plugin(`echo '${output}'`)))
        .to.include('the exec plugin')
        .and.not.include('secret');
  });
});
