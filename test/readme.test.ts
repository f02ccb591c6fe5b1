/** The code blocks of the README equal the examples, its commands equal those that the demo prints, and its links lead to files. */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fakeClusterInstructions } from '../src/cli/demo-output.ts';

const ROOT = resolve(import.meta.dirname, '..');
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** Returns the targets of the links of a document, as paths below the root. */
const linksOf = (name: string): string[] =>
  [...textOf(name).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => join(dirname(name), target));

/** Returns the links of a document that lead to a heading of this or another document. */
const headingLinksOf = (name: string): { readonly target: string; readonly anchor: string }[] =>
  [...textOf(name).matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].map(([, target = '', anchor = '']) => ({
    target: target === '' ? name : join(dirname(name), target),
    anchor,
  }));

/** Returns the anchors of the headings of a document, as GitHub makes them. */
const anchorsOf = (name: string): ReadonlySet<string> =>
  new Set(
    [...textOf(name).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** Returns the documents that links lead to from a document. A link to a folder leads to all documents in it. */
function reachedFrom(start: string): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const name of reached) {
    for (const target of linksOf(name).filter((path) => existsSync(join(ROOT, path)))) {
      const isFolder = statSync(join(ROOT, target)).isDirectory();
      for (const document of documents) {
        if (document === target || (isFolder && dirname(document) === join(target))) reached.add(document);
      }
    }
  }
  return reached;
}

describe('the README', () => {
  const blocks = [...textOf('README.md').matchAll(/<!-- (\S+) -->\n```ts\n([\s\S]*?)```/g)];

  it('shows a projection, its test and a server', () => {
    expect(blocks.map(([, file]) => file)).to.deep.equal([
      'examples/running-pods.ts',
      'examples/running-pods.test.ts',
      'examples/definition.ts',
    ]);
  });

  for (const [, file = '', code] of blocks) {
    it(`shows ${file} unchanged`, () => expect(code).to.equal(textOf(file)));
  }

  it('creates the same task as the commands that the demo prints', () => {
    const output = fakeClusterInstructions({ url: '', kubeConfig: '', port: 0, contents: '' });
    const commands = textOf('README.md')
      .split('\n')
      .filter((line) => line.includes('CustomTask') && line.startsWith('echo'));
    expect(commands).to.have.length(1);
    expect(output).to.contain(`  ${commands[0]}\n`);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((name) =>
      [...textOf(name).matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script),
    );
    expect(named.filter((script) => scripts[script] === undefined)).to.deep.equal([]);
  });
});

describe('the documents', () => {
  for (const name of documents) {
    it(`${name} has links that lead to files`, () => {
      expect(linksOf(name).filter((target) => !existsSync(join(ROOT, target)))).to.deep.equal([]);
    });
  }

  for (const name of documents) {
    it(`${name} has links that lead to headings`, () => {
      const broken = headingLinksOf(name).filter(
        ({ target, anchor }) =>
          !target.endsWith('.md') || !existsSync(join(ROOT, target)) || !anchorsOf(target).has(anchor),
      );
      expect(broken).to.deep.equal([]);
    });
  }

  it('are all reachable by links from the README', () => {
    const reached = reachedFrom('README.md');
    expect(documents.filter((name) => !reached.has(name))).to.deep.equal([]);
  });
});
