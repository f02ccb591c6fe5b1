/** The page of limits names tests that exist. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/contributors/limits.md'), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| (.*) \| .* \| `(test\/[^`]+)`: (.*) \|$/gm)];

describe('the table of limits', () => {
  it('has a test for each kind of request', () => {
    const rows = PAGE.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Kind'));
    expect(ROWS).to.have.length(rows.length);
    expect(ROWS.length).to.be.above(30);
  });

  for (const [, kind = '', file = '', title = ''] of ROWS) {
    it(`names an existing test of ${kind}`, () => {
      expect(readFileSync(join(ROOT, file), 'utf8')).to.include(title);
    });
  }
});
