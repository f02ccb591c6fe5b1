/**
 * From an empty folder to `kubectl get`: the packed package, a module of at most 25 lines, and the commands of the documentation. The user
 * writes no other code: `kubefacet serve` runs the module, and the cluster of the demo proxies to it.
 */
import { expect } from 'chai';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RunningProcess } from '../e2e/kubectl.ts';
import { installedKubectls } from '../support/installed-clients.ts';
import { installPackage } from './installed-package.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The module that docs/serving.md shows. */
const MODULE = readFileSync(join(ROOT, 'examples/pod-places.ts'), 'utf8');
const PAGE = readFileSync(join(ROOT, 'docs/your-own-server.md'), 'utf8');
const MAX_LINES = 25;

describe('a server of the packed package', function () {
  this.timeout(180_000);
  let folder: string;
  const running: RunningProcess[] = [];
  const file = (...names: string[]): string => join(folder, 'project', ...names);
  /** Starts `npx kubefacet ARGS…` in the project. */
  const kubefacet = (...args: string[]): RunningProcess => {
    const command = `cd ${file()} && exec ${process.execPath} node_modules/kubefacet/dist/src/cli/main.js "$@"`;
    const started = new RunningProcess('bash', ['-c', command, 'kubefacet', ...args], {
      KUBECONFIG: file('.kubefacet/demo.kubeconfig'),
    });
    running.push(started);
    return started;
  };

  before(async function () {
    const kubectl = (await installedKubectls()).at(-1);
    if (kubectl === undefined) {
      console.log('    no kubectl on this machine');
      return this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-first-'));
    for (const name of ['bin', 'package', 'project']) mkdirSync(join(folder, name));
    symlinkSync(kubectl.path, join(folder, 'bin/kubectl'));
    const build = ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'package/dist')];
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), build, { cwd: ROOT });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package/package.json'));
    installPackage(join(folder, 'package'), file());
  });
  after(async () => {
    for (const one of running.toReversed()) one.stop();
    await Promise.all(running.map((one) => one.prints(/<it has ended>/)));
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it(`shows rows of the user's projection in kubectl, with at most ${MAX_LINES} lines of own code`, async () => {
    expect(MODULE.trimEnd().split('\n')).to.have.length.at.most(MAX_LINES);
    writeFileSync(file('package.json'), '{ "type": "module" }');
    writeFileSync(file('server.ts'), MODULE);
    await kubefacet('demo', '--port', '0', '--pods', '40').prints(/^ready$/m);

    const [, args = ''] = /npx kubefacet (serve server\.ts .*)/.exec(PAGE) ?? [];
    const server = kubefacet(...args.replace('"$PORT"', '0').split(' '));
    await server.prints(/ready: all checks/);
    const [, port = ''] = /listening on https:\/\/\S*:(\d+)/.exec(await server.prints(/listening on/)) ?? [];

    const [, registration = ''] = /## 3\. Register it\n[^]*?```sh\n([^]*?)```/.exec(PAGE) ?? [];
    const output = await bash(`set -e\n${registration}\nkubectl get podplaces -A`, { PORT: port });
    const [header, first] = output.slice(output.indexOf('NAMESPACE')).split('\n');
    expect(header).to.match(/^NAMESPACE +NAME +NODE +PHASE +AGE$/);
    expect(first).to.match(/^\S+ +\S+ +node-\d+ +\w+ +\w+$/);
  });

  /** Runs a script in the project, with the variables of docs/your-own-server.md. */
  function bash(script: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const [, exported = ''] = /```sh\nexport (GROUP=.*) PORT=/.exec(PAGE) ?? [];
    const all = Object.fromEntries(exported.split(' ').map((one) => one.split('=') as [string, string]));
    const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
    const env = { ...process.env, ...all, ...variables, PATH: path, HOME: folder };
    return new Promise((done, fail) => {
      execFile('bash', ['-c', script], { cwd: file(), env, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error === null) done(stdout);
        else fail(new Error(`${error.message}\n${stdout}\n${stderr}`));
      });
    });
  }
});
