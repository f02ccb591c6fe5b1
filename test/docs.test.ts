/** The pages of operators: each operator has one, and its example is the one that is run. */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PAGES = join(ROOT, 'docs/operators');
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
/** Files of operators that are no operators themselves. */
const SHARED: ReadonlySet<string> = new Set(['joining']);

const operators = readdirSync(join(ROOT, 'src/projections/operators'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !SHARED.has(name));

describe('the pages of operators', () => {
  for (const operator of operators) {
    it(`${operator} has a page with an example that is run`, () => {
      const page = textOf(`docs/operators/${operator}.md`);
      expect(page.split('\n').length, 'lines').to.be.at.most(90);
      expect(page).to.contain(`<!-- examples/operators/${operator}.test.ts -->`);
    });

    it(`${operator} has a test of its own`, () => {
      expect(existsSync(join(ROOT, `test/projections/operators/${operator}.test.ts`))).to.equal(true);
    });
  }

  for (const file of readdirSync(PAGES)) {
    for (const [, source = '', code] of textOf(`docs/operators/${file}`).matchAll(
      /<!-- (\S+) -->\n+```ts\n([\s\S]*?)```/g,
    )) {
      it(`${file} shows ${source} as it is`, () => expect(code).to.equal(textOf(source)));
    }
  }
});
