/**
 * The limit for marks of unclear prose (docs/contributors/README.md, "Prose"). The tool that counts them is beside the checkout in
 * `../shared`, and it needs Python 3 and git.
 */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const TOOL = resolve(ROOT, '../shared/tools/prose/prose');
const PATHS = ['src', 'test', 'examples', 'bench', 'docs', 'README.md'];
const MAXIMUM_PER_1000_LINES = 10;

/** Returns the reason why the tool cannot run, or undefined if it can. */
function missing(): string | undefined {
  if (!existsSync(TOOL)) return `${TOOL} does not exist`;
  for (const command of ['python3', 'git']) {
    if (spawnSync(command, ['--version']).error !== undefined) return `${command} is not installed`;
  }
  if (spawnSync('git', ['rev-parse', '--git-dir'], { cwd: ROOT }).status !== 0) return `${ROOT} is not a git checkout`;
  return undefined;
}

/** Runs the tool on the tracked files of a path. @throws Error with the output if the tool fails */
function marksOf(path: string): { readonly marks: number; readonly lines: number; readonly list: string } {
  const { status, stdout, stderr } = spawnSync(TOOL, ['--list', path], { cwd: ROOT, encoding: 'utf8' });
  const total = /^ *(\d+) in (\d+) lines of prose: /m.exec(stdout);
  if (status !== 0 || total === null) throw new Error(`${TOOL} ${path} failed: ${stderr}${stdout}`);
  return { marks: Number(total[1]), lines: Number(total[2]), list: stdout };
}

describe('the prose', () => {
  before(function () {
    const reason = missing();
    if (reason === undefined) return;
    console.log(`    the prose is not checked: ${reason}`);
    this.skip();
  });

  for (const path of PATHS) {
    it(`of ${path} has at most ${MAXIMUM_PER_1000_LINES} marks per 1,000 lines`, () => {
      const { marks, lines, list } = marksOf(path);
      expect(lines, 'lines of prose').to.be.above(0);
      expect((1000 * marks) / lines, `marks per 1,000 lines; see ${list}`).to.be.at.most(MAXIMUM_PER_1000_LINES);
    });
  }
});
