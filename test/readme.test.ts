/** What the README shows is what is there: its code blocks are the examples, its links lead somewhere. */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('the README', () => {
  const blocks = [...textOf('README.md').matchAll(/<!-- (\S+) -->\n```ts\n([\s\S]*?)```/g)];

  it('shows a projection, its test and a server', () => {
    expect(blocks.map(([, file]) => file)).to.deep.equal([
      'examples/running-pods.ts',
      'examples/running-pods.test.ts',
      'examples/server.ts',
    ]);
  });

  for (const [, file = '', code] of blocks) {
    it(`shows ${file} as it is`, () => expect(code).to.equal(textOf(file)));
  }

  it('names npm scripts that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((name) =>
      [...textOf(name).matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script),
    );
    expect(named.filter((script) => scripts[script] === undefined)).to.deep.equal([]);
  });
});

describe('the documents', () => {
  for (const name of documents) {
    it(`${name} has links that lead somewhere`, () => {
      const links = [...textOf(name).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
      expect(links.filter((target) => !existsSync(join(ROOT, dirname(name), target)))).to.deep.equal([]);
    });
  }
});
