/** Modules of users with every mistake that a first module can have. */
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CliError } from '../../src/cli/cli-error.ts';
import { loadDefinitionModule } from '../../src/cli/definition-module.ts';
import { informerFactory } from '../../src/informers/index.ts';
import { fakeListWatch } from '../../src/testing/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { signal } = new AbortController();
const informers = informerFactory({ listWatch: () => fakeListWatch() });

/** The file, its text, and the message after the path of the folder. */
const BROKEN: readonly (readonly [file: string, text: string, message: RegExp])[] = [
  ['no-default.ts', 'export const a = 1;', /no-default\.ts has no default export; add: export default kubefacet\(/],
  ['function.ts', 'export default () => ({ apis: [] });', /the default export of .*function\.ts is a function, but/],
  ['object.js', 'export default { apis: [] };', /the default export of .*object\.js is an object, but it must be/],
  [
    'enum.ts',
    '\nexport enum Color { Red }',
    /not supported in strip-only mode \(.*enum\.ts:2\); Node\.js only removes/,
  ],
  ['imports-enum.ts', "import './enum.ts';", /strip-only mode \(.*\/enum\.ts:2\)/],
  [
    'property.ts',
    'export class A {\n  constructor(readonly b: string) {}\n}',
    /parameter property.*\(.*property\.ts:2\)/,
  ],
  ['syntax.ts', '\n\nconst a: number = = 1;', /cannot be loaded: Expression expected \(.*syntax\.ts:3\)/],
  ['syntax.js', '\n\nconst a = = 1;', /cannot be loaded: Unexpected token '=' \(.*syntax\.js:3\)/],
  ['no-file.ts', "import './none.ts';", /Cannot find module '.*none\.ts' imported from .*no-file\.ts/],
  ['no-package.ts', "import 'nothing-here';", /Cannot find package 'nothing-here' imported from .*no-package\.ts/],
  ['no-export.ts', "\nimport { nope } from 'kubefacet';", /not provide an export named 'nope' \(.*no-export\.ts:2\)/],
  ['throws.ts', "\nthrow new Error('boom\\nsecond line');", /cannot be loaded: boom \(.*throws\.ts:2\)$/],
  ['throws-text.ts', "throw 'a text';", /cannot be loaded: a text$/],
  ['later.ts', "\nawait Promise.reject(new Error('later'));", /cannot be loaded: later \(.*later\.ts:2\)$/],
  ['module.tsx', 'export default 1;', /Unknown file extension "\.tsx".*must be a \.ts, \.mts, \.js or \.mjs file/],
  [
    'field.ts',
    "import { resource } from 'kubefacet';\n\nresource({ kind: 'A', plural: '', namespaced: true }, { list: () => [] });",
    /plural.* \(.*field\.ts:3\)$/,
  ],
];

/** Definitions that fail when they are evaluated. */
const FAILING: readonly (readonly [file: string, body: string, message: RegExp])[] = [
  [
    'sync.ts',
    "{\n  throw new Error('no sources');\n}",
    /sync\.ts: the definition failed: no sources \(.*sync\.ts:3\)$/,
  ],
  ['async.ts', "Promise.reject(new Error('no file'))", /async\.ts: the definition failed: no file \(.*async\.ts:2\)$/],
  ['nothing.ts', '({})', /nothing\.ts: the definition failed: .* returned an object, but it must return { apis/],
];

describe('loadDefinitionModule()', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-modules-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/kubefacet'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    for (const [file, text] of BROKEN) writeFileSync(join(folder, file), text);
    for (const [file, body] of FAILING) writeFileSync(join(folder, file), definition(body));
  });
  after(() => rmSync(folder, { recursive: true }));

  const errorOf = async (run: Promise<unknown>): Promise<CliError> => {
    const error: unknown = await run.catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(CliError);
    return error as CliError;
  };

  for (const file of ['right.ts', 'right.mts', 'right.js', 'right.mjs']) {
    it(`loads ${file}`, async () => {
      writeFileSync(join(folder, file), definition('({ apis: [] })'));
      const module = await loadDefinitionModule(join(folder, file));
      expect(await module.evaluate({ informers, signal })).to.deep.equal({ apis: [] });
    });
  }

  for (const [file, , message] of BROKEN) {
    it(`reports the mistake of ${file} in one line`, async () => {
      const error = await errorOf(loadDefinitionModule(join(folder, file)));
      expect(error.message).to.match(message).and.not.contain('\n');
      expect(error.exitCode).to.equal(1);
    });
  }

  for (const [file, , message] of FAILING) {
    it(`reports the failure of the definition in ${file} in one line`, async () => {
      const module = await loadDefinitionModule(join(folder, file));
      const error = await errorOf(module.evaluate({ informers, signal }));
      expect(error.message).to.match(message).and.not.contain('\n');
    });
  }

  it('reports a file that does not exist, and a folder', async () => {
    expect((await errorOf(loadDefinitionModule(join(folder, 'none.ts')))).message).to.match(/none\.ts: no such file$/);
    expect((await errorOf(loadDefinitionModule(folder))).message).to.contain('is not a file');
  });
});

function definition(body: string): string {
  return `import { kubefacet } from 'kubefacet';\nexport default kubefacet(() => ${body});\n`;
}
