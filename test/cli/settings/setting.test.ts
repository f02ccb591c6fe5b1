import { expect } from 'chai';
import {
  bytesSetting,
  choiceSetting,
  durationSetting,
  flagOf,
  listSetting,
  numberSetting,
  type Setting,
  switchSetting,
  textSetting,
  variableOf,
} from '../../../src/cli/settings/setting.ts';

const SETTINGS: Readonly<Record<string, Setting<unknown>>> = {
  text: textSetting('TEXT', '', 'none'),
  list: listSetting('NAMES', '', 'none'),
  choice: choiceSetting(['info', 'warn', 'error'], '', 'info'),
  switch: switchSetting(''),
  port: numberSetting('', 8443, { maximum: 65_535 }),
  count: numberSetting('', 1, { minimum: 1 }),
  bytes: bytesSetting('', 65_536, 1),
  time: durationSetting('', 30_000, 1),
};

const RIGHT: readonly (readonly [setting: string, text: string, value: unknown])[] = [
  ['text', 'a b', 'a b'],
  ['list', 'a, b', ['a', 'b']],
  ['choice', 'warn', 'warn'],
  ['switch', 'true', true],
  ['switch', 'false', false],
  ['port', '0', 0],
  ['count', '12', 12],
  ['bytes', '512', 512],
  ['bytes', '3Mi', 3_145_728],
  ['time', '1m30s', 90_000],
  ['time', '500ms', 500],
];

const WRONG: readonly (readonly [setting: string, text: string, message: string])[] = [
  ['text', '', 'must not be empty'],
  ['list', 'a,,b', 'must not be empty'],
  ['choice', 'warning', 'must be info, warn or error'],
  ['switch', 'yes', 'must be true or false'],
  ['port', '65536', 'must be a whole number from 0 to 65535'],
  ['port', '-1', 'must be a whole number from 0 to 65535'],
  ['port', '1e3', 'must be a whole number from 0 to 65535'],
  ['count', '0', 'must be a whole number of 1 or more'],
  ['bytes', '64K', 'must be a number of bytes of 1 or more, like 65536, 64Ki, 3Mi or 1Gi'],
  ['bytes', '0', 'must be a number of bytes of 1 or more, like 65536, 64Ki, 3Mi or 1Gi'],
  ['bytes', '9007199254740993', 'must be a number of bytes of 1 or more, like 65536, 64Ki, 3Mi or 1Gi'],
  ['time', '30', 'must be a time like 500ms, 30s, 3m or 1h'],
  ['time', '-1s', 'must be from 1ms to 24h'],
  ['time', '25h', 'must be from 1ms to 24h'],
];

describe('settings', () => {
  for (const [setting, text, value] of RIGHT) {
    it(`parse "${text}" as a ${setting}`, () => expect(SETTINGS[setting]?.parse(text)).to.deep.equal(value));
  }

  for (const [setting, text, message] of WRONG) {
    it(`refuse "${text}" as a ${setting}`, () => {
      expect(() => SETTINGS[setting]?.parse(text)).to.throw(Error, new RegExp(`^${message}$`));
    });
  }

  it('show their fallbacks in the form that they parse', () => {
    for (const { shownFallback, fallback, parse } of Object.values(SETTINGS)) {
      if (fallback !== undefined) expect(parse(shownFallback)).to.deep.equal(fallback);
    }
  });
});

describe('flagOf() and variableOf()', () => {
  it('derive the names from the key of the file', () => {
    expect(flagOf('shutdown.watchGracePeriod')).to.equal('--shutdown-watch-grace-period');
    expect(variableOf('shutdown.watchGracePeriod')).to.equal('KUBEFACET_SHUTDOWN_WATCH_GRACE_PERIOD');
  });
});
