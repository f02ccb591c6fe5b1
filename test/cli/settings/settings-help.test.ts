import { expect } from 'chai';
import { SERVE_SECTIONS } from '../../../src/cli/settings/serve-settings.ts';
import { numberSetting, switchSetting, textSetting } from '../../../src/cli/settings/setting.ts';
import { settingsHelp } from '../../../src/cli/settings/settings-help.ts';

describe('settingsHelp()', () => {
  it('shows flags, meanings and defaults under headings', () => {
    const help = settingsHelp([
      ['Serving', { 'serve.port': numberSetting('the port', 8443), insecureDev: switchSetting('accept everything') }],
      ['Cluster', { 'a.veryLongNameOfASettingIndeed': textSetting('PATH', 'a long one', 'none') }],
    ]);
    expect(help.split('\n')).to.deep.equal([
      'Serving:',
      '  --serve-port N                      the port (8443)',
      '  --insecure-dev                      accept everything',
      '',
      'Cluster:',
      '  --a-very-long-name-of-a-setting-indeed PATH',
      '                                      a long one (none)',
    ]);
  });

  it('fits into 130 columns for all settings', () => {
    for (const line of settingsHelp(SERVE_SECTIONS).split('\n')) expect(line.length, line).to.be.at.most(130);
  });
});
