/** The pages of `kubefacet serve`, `kubefacet doctor`, `kubefacet manifests` and `kubefacet uninstall` have a row for each setting, as their tables define it. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DOCTOR_SECTIONS } from '../src/cli/doctor/doctor-settings.ts';
import { MANIFEST_OPTIONS } from '../src/cli/manifests/manifest-options.ts';
import { CONFIG } from '../src/cli/settings/read-settings.ts';
import { SERVE_SECTIONS } from '../src/cli/settings/serve-settings.ts';
import { UNINSTALL_OPTIONS } from '../src/cli/uninstall/uninstall-settings.ts';
import { flagOf, type Setting, variableOf } from '../src/cli/settings/setting.ts';

const pageOf = (name: string): string => readFileSync(join(resolve(import.meta.dirname, '..'), 'docs', name), 'utf8');
const PAGE = pageOf('serving.md');

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

describe('docs/doctor.md', () => {
  it('has exactly the settings of the help of doctor', () => {
    const rows = pageOf('doctor.md')
      .split('\n')
      .filter((line) => line.startsWith('| `--'));
    const settings = DOCTOR_SECTIONS.flatMap(([, table]) => Object.entries(table));
    expect(rows).to.deep.equal(
      settings.map(
        ([key, { form, meaning, shownFallback }]) =>
          `| \`${flagOf(key)} ${form.replaceAll('|', '\\|')}\` | \`${variableOf(key)}\` | ${shownFallback} | ${meaning} |`,
      ),
    );
  });
});

for (const [page, command, options] of [
  ['deploying.md', 'manifests', MANIFEST_OPTIONS],
  ['uninstalling.md', 'uninstall', UNINSTALL_OPTIONS],
] as const) {
  describe(`docs/${page}`, () => {
    it(`has exactly the options of ${command}`, () => {
      const rows = pageOf(page)
        .split('\n')
        .filter((line) => line.startsWith('| `--'));
      const flag = (key: string, form: string): string =>
        form === '' ? flagOf(key) : `${flagOf(key)} ${form.replaceAll('|', '\\|')}`;
      const entries = Object.entries<Setting<unknown>>(options);
      expect(rows).to.deep.equal(
        entries.map(
          ([key, { form, meaning, shownFallback }]) => `| \`${flag(key, form)}\` | ${shownFallback} | ${meaning} |`,
        ),
      );
    });
  });
}
