import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The tables name the tests that show each rule. Their titles must be updated when a test is renamed or removed.

const ROOT = new URL('../../', import.meta.url);

/** A row of a table: a rule and the tests that show it. */
interface Entry {
  readonly line: number;
  readonly subject: string;
  readonly shownBy: string;
}

/** The cells of a row. A bar after a backslash is part of a cell. */
function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
}

/** The rows of all tables of a document, without their heads. */
function entriesOf(text: string): Entry[] {
  const lines = text.split('\n');
  const isRule = (line: string | undefined): boolean => /^\|[\s:|-]+\|$/.test(line ?? '');
  return lines.flatMap((text_, index) => {
    if (!text_.startsWith('|') || isRule(text_) || isRule(lines[index + 1])) return [];
    const [subject = '', shownBy = ''] = cellsOf(text_);
    return [{ line: index + 1, subject, shownBy }];
  });
}

/** Titles in backquotes. A title that contains a backquote is in double backquotes. */
function titlesIn(cell: string): string[] {
  return Array.from(cell.matchAll(/(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)/g), ([, , title = '']) => title.trim());
}

/** All test sources in one text. */
function testSources(): string {
  const folder = fileURLToPath(new URL('test/', ROOT));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('catalogue.test.ts'))
    .map((name) => readFileSync(`${folder}${name}`, 'utf8'))
    .join('\n');
}

/** Whether a title is a whole string or template in the sources. */
function isTitle(sources: string, title: string): boolean {
  const escaped = title.replaceAll("'", String.raw`\'`);
  return [`'${title}'`, `"${title}"`, `\`${title}\``, `'${escaped}'`].some((text) => sources.includes(text));
}

describe('the conformance tables', () => {
  const sources = testSources();
  const names = readdirSync(new URL('docs/contributors/', ROOT)).filter((name) => /^conformance-.*\.md$/.test(name));

  it('exist', () => expect(names).to.include('conformance-lists.md'));

  for (const name of names) {
    const entries = entriesOf(readFileSync(new URL(`docs/contributors/${name}`, ROOT), 'utf8'));

    it(`${name} names only existing tests`, () => {
      const unknown = entries
        .filter(({ shownBy }) => !shownBy.startsWith('does not apply'))
        .flatMap(({ line, shownBy }) => titlesIn(shownBy).map((title) => ({ line, title })))
        .filter(({ title }) => !isTitle(sources, title))
        .map(({ line, title }) => `line ${line}: ${title}`);
      expect(unknown).to.deep.equal([]);
    });

    it(`${name} has a test or a reason in every row`, () => {
      const silent = entries
        .filter(({ shownBy }) => titlesIn(shownBy).length === 0 && !/^does not apply: \S/.test(shownBy))
        .map(({ line, subject }) => `line ${line}: ${subject}`);
      expect(entries).to.not.deep.equal([]);
      expect(silent).to.deep.equal([]);
    });
  }

  it('beside them, faults.md names only existing files', () => {
    const text = readFileSync(new URL('docs/contributors/faults.md', ROOT), 'utf8');
    const paths = Array.from(text.matchAll(/`(test\/[^`]+)`/g), ([, path = '']) => path);
    expect(paths).to.not.deep.equal([]);
    expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).to.deep.equal([]);
  });
});
