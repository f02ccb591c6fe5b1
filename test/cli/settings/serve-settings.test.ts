import { expect } from 'chai';
import { readSettings } from '../../../src/cli/settings/read-settings.ts';
import { limitsIn, SERVE_SECTIONS, SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';
import { flagOf, variableOf } from '../../../src/cli/settings/setting.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';

const keys = Object.keys(SERVE_SETTINGS);

describe('the settings of serve', () => {
  it('contain each limit of the server with its default', () => {
    const { values } = readSettings(SERVE_SETTINGS, [], {});
    expect(limitsIn(values)).to.deep.equal(DEFAULT_LIMITS);
  });

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
