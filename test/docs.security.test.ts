/** The pages about trust name tests that exist. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

for (const [page, minimum] of [
  ['docs/security.md', 30],
  ['docs/contributors/trust.md', 50],
] as const) {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const rows = lines.map((line) => /^\| (.*) \| `(test\/[^`]+)`: (.*) \|$/.exec(line)).filter((row) => row !== null);

  describe(`the tests in ${page}`, () => {
    it('are many, one for each row', () => {
      expect(rows.length).to.be.at.least(minimum);
      expect(lines.filter((line) => line.includes('`test/') && line.startsWith('|'))).to.have.length(rows.length);
    });

    for (const [, subject = '', file = '', title = ''] of rows) {
      it(`exist for ${subject}`, () => {
        const source = readFileSync(join(ROOT, file), 'utf8');
        expect(source.replaceAll("\\'", "'")).to.include(title);
      });
    }
  });
}
