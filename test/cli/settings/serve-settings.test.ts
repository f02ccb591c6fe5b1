import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../../../src/cli/settings/read-settings.ts';
import { limitsIn, SERVE_SECTIONS, SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';
import { flagOf, variableOf } from '../../../src/cli/settings/setting.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';

const keys = Object.keys(SERVE_SETTINGS);

/** The options that are no settings of an operator, each with the reason. */
const NO_SETTINGS: Readonly<Record<string, string>> = {
  informers: 'part of the definition',
  apis: 'part of the definition',
  log: 'made from log.level',
  clock: 'for tests',
  random: 'for tests',
  memory: 'for tests',
  signal: 'the signals of the process',
};
/** The options whose setting has another name. */
const RENAMED: Readonly<Record<string, string>> = {
  authentication: 'insecureDev',
  host: 'serve.host',
  port: 'serve.port',
};
const SOURCE = readFileSync(join(import.meta.dirname, '../../../src/server/server-options.ts'), 'utf8');

/** Returns the names of the properties of an interface of the server. */
function propertiesOf(name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(SOURCE)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, property = '']) => property);
}

describe('the settings of serve', () => {
  it('contain each limit of the server with its default', () => {
    const { values } = readSettings(SERVE_SETTINGS, [], {});
    expect(limitsIn(values)).to.deep.equal(DEFAULT_LIMITS);
  });

  for (const [name, prefix] of [
    ['ApiServerOptions', ''],
    ['ListenOptions', ''],
    ['ShutdownOptions', 'shutdown.'],
    ['ConnectionOptions', 'connections.'],
  ] as const) {
    it(`contain each option of ${name} that belongs to the operator`, () => {
      const properties = propertiesOf(name);
      expect(properties).to.not.be.empty;
      const without = properties.filter((property) => {
        const key = RENAMED[property] ?? `${prefix}${property}`;
        return NO_SETTINGS[property] === undefined && !keys.some((one) => one === key || one.startsWith(`${key}.`));
      });
      expect(without).to.deep.equal([]);
    });
  }

  it('belong to exactly one section of the help', () => {
    expect(SERVE_SECTIONS.flatMap(([, settings]) => Object.keys(settings))).to.have.members(keys);
  });

  it('have distinct flags and variables', () => {
    expect(new Set(keys.map(flagOf)).size).to.equal(keys.length);
    expect(new Set(keys.map(variableOf)).size).to.equal(keys.length);
  });

  it('use no variable that Kubernetes creates for a Service named kubefacet', () => {
    // KUBEFACET_PORT=tcp://10.0.0.1:443 and the like are in each pod of the namespace of the Service.
    const taken = keys.map(variableOf).filter((name) => /^KUBEFACET_(SERVICE_(HOST|PORT)|PORT)(_|$)/.test(name));
    expect(taken).to.deep.equal([]);
  });

  it('show each default in the form that they parse', () => {
    for (const [key, { fallback, shownFallback, parse }] of Object.entries(SERVE_SETTINGS)) {
      if (fallback !== undefined) expect((parse as (text: string) => unknown)(shownFallback), key).to.equal(fallback);
    }
  });
});
