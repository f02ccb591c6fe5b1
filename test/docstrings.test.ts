/** The examples in docstrings compile. `docs/snippets.ts` describes the convention that they follow. */
import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compile, examplesOf, type Snippet } from './docs/snippets.ts';

const ROOT = resolve(import.meta.dirname, '..');

const snippets = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .toSorted()
  .flatMap((name) => examplesOf(`src/${name}`));

describe('the examples in docstrings', () => {
  let errors: ReadonlyMap<string, readonly string[]>;
  before(() => {
    errors = compile(snippets);
  });

  for (const file of new Set(snippets.map(({ file }) => file)))
    it(`of ${file} compile`, () => expect(errors.get(file) ?? []).to.deep.equal([]));
});

describe('compile()', () => {
  const snippet = (file: string, code: string): Snippet => ({ file, line: 1, code });

  it('reports wrong calls, unknown names and ellipses with their lines', () => {
    const errors = compile([
      snippet('right', 'pods.pipe(filter((pod) => isRunning(pod)));\nawait server.close();'),
      snippet('wrong-call', '// The argument is missing:\npods.pipe(filter());'),
      snippet('unknown-name', 'pods.pipe(filter((pod) => isUnknown(pod)));'),
      snippet('unknown-field', 'pods.pipe(filter((pod) => pod.status?.fase === undefined));'),
      snippet('ellipsis', 'pods.pipe(…);'),
    ]);
    expect([...errors.keys()]).to.have.members(['wrong-call', 'unknown-name', 'unknown-field', 'ellipsis']);
    expect(errors.get('wrong-call')?.[0]).to.match(/^2: TS2554/);
  });
});

describe('examplesOf()', () => {
  it('returns each example with its line', () => {
    const text = `/** A.\n * @example one(); // here\n * @throws Error\n */\nfunction a() {}\n  /**\n   * @example\n   * two();\n   */\n`;
    expect(examplesOf('a.ts', text).map(({ line, code }) => ({ line, code: code.trim() }))).to.deep.equal([
      { line: 2, code: 'one(); // here' },
      { line: 7, code: 'two();' },
    ]);
  });
});
