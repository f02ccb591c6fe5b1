/**
 * The pages of docs/ show the examples unchanged, and their other snippets compile. `docs/snippets.ts` describes the convention. Each
 * operator has a page with an example that is tested.
 */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { blocksOf, compile } from './docs/snippets.ts';

const ROOT = resolve(import.meta.dirname, '..');
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
/** Files beside the operators that are not operators. */
const SHARED: ReadonlySet<string> = new Set(['joining']);

const operators = readdirSync(join(ROOT, 'src/projections/operators'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !SHARED.has(name));

describe('the pages of operators', () => {
  for (const operator of operators) {
    it(`${operator} has a page with an example that is tested`, () => {
      const page = textOf(`docs/operators/${operator}.md`);
      expect(page.split('\n').length, 'lines').to.be.at.most(90);
      expect(page).to.contain(`<!-- examples/operators/${operator}.test.ts -->`);
    });

    it(`${operator} has its own test`, () => {
      expect(existsSync(join(ROOT, `test/projections/operators/${operator}.test.ts`))).to.equal(true);
    });
  }
});

describe('the pages of docs/', () => {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  for (const page of pages) {
    for (const [, source = '', code] of textOf(`docs/${page}`).matchAll(/<!-- (\S+) -->\n+```ts\n([\s\S]*?)```/g)) {
      it(`${page} shows ${source} unchanged`, () => expect(code).to.equal(textOf(source)));
    }
  }

  it('contributors/architecture.md names only paths that exist', () => {
    const paths = textOf('docs/contributors/architecture.md').matchAll(/`((?:src|test|examples)\/[^`]*)`/g);
    const named = Array.from(paths, ([, path = '']) => path).filter((path) => !/NAME|\/[ab]\./.test(path));
    expect(named.length).to.be.above(100);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).to.deep.equal([]);
  });

  for (const [page, example] of [
    ['custom-resources.md', 'examples/custom-tasks.ts'],
    ['custom-resources.md', 'examples/cluster-tasks.ts'],
    ['resources.md', 'examples/pod-sizes.ts'],
    ['serving.md', 'examples/pod-places.ts'],
    ['start.md', 'examples/pending-pods.ts'],
    ['start.md', 'examples/pending-pods.test.ts'],
    ['start.md', 'examples/pod-zones.ts'],
    ['start.md', 'examples/pod-zones.test.ts'],
    ['start.md', 'examples/pending-pod-resource.ts'],
    ['start.md', 'examples/pending-pod-resource.test.ts'],
    ['start.md', 'examples/pod-zone-resource.ts'],
    ['testing.md', 'examples/check-projection.test.ts'],
    ['testing.md', 'examples/custom-tasks.test.ts'],
    ['fake-cluster.md', 'examples/fake-cluster.test.ts'],
  ] as const) {
    it(`${page} contains ${example}`, () => expect(textOf(`docs/${page}`)).to.contain(`<!-- ${example} -->`));
  }
});

describe('the snippets of the pages', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map(inDocs)];
  const snippets = pages.filter((page) => page.endsWith('.md')).flatMap((page) => blocksOf(page));
  let errors: ReadonlyMap<string, readonly string[]>;
  before(() => {
    errors = compile(snippets);
  });

  for (const page of new Set(snippets.map(({ file }) => file)))
    it(`of ${page} compile`, () => expect(errors.get(page) ?? []).to.deep.equal([]));
});

function inDocs(name: string): string {
  return `docs/${name}`;
}
