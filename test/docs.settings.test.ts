/** The page of `kubefacet serve` has a row for each setting, as its table defines it. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONFIG } from '../src/cli/settings/read-settings.ts';
import { SERVE_SECTIONS } from '../src/cli/settings/serve-settings.ts';
import { flagOf, type Setting, variableOf } from '../src/cli/settings/setting.ts';

const PAGE = readFileSync(join(resolve(import.meta.dirname, '..'), 'docs/serving.md'), 'utf8');

/** Returns the row of a setting: its key, flag, variable, default and meaning. */
function rowOf(key: string, { form, meaning, shownFallback, inFile }: Setting<unknown>): string {
  const flag = form === '' ? flagOf(key) : `${flagOf(key)} ${form.replaceAll('|', '\\|')}`;
  return `| ${inFile ? `\`${key}\`` : 'not in the file'} | \`${flag}\` | \`${variableOf(key)}\` | ${shownFallback} | ${meaning} |`;
}

describe('docs/serving.md', () => {
  for (const [heading, settings] of [['Configuration file', { config: CONFIG }] as const, ...SERVE_SECTIONS]) {
    it(`has exactly the settings of "${heading}"`, () => {
      const [, after = ''] = PAGE.split(`\n### ${heading}\n`);
      const [section = ''] = after.split(/^#/m);
      const rows = section.split('\n').filter((line) => /^\| (`|not in)/.test(line));
      expect(rows).to.deep.equal(Object.entries(settings).map(([key, setting]) => rowOf(key, setting)));
    });
  }
});
