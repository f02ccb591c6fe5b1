import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The catalogues say which test shows which rule. A test that is renamed or removed must not leave its title there.

const ROOT = new URL('../../', import.meta.url);

/** A line of a table: what is shown, and by which tests. */
interface Entry {
  readonly line: number;
  readonly subject: string;
  readonly shownBy: string;
}

/** The cells of a line of a table; a bar that a backslash stands before is part of a cell. */
function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
}

/** The lines of all tables of a document, without heads and the rules below them. */
function entriesOf(text: string): Entry[] {
  const lines = text.split('\n');
  const isRule = (line: string | undefined): boolean => /^\|[\s:|-]+\|$/.test(line ?? '');
  return lines.flatMap((text_, index) => {
    if (!text_.startsWith('|') || isRule(text_) || isRule(lines[index + 1])) return [];
    const [subject = '', shownBy = ''] = cellsOf(text_);
    return [{ line: index + 1, subject, shownBy }];
  });
}

/** Texts in backquotes; in two of them where the text has one itself. */
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

/** Whether a title stands in a source as a whole string, or template, of the language. */
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
});
