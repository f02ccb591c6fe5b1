import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../../../src/cli/cli-error.ts';
import { listSetting, numberSetting, textSetting } from '../../../src/cli/settings/setting.ts';
import { readSettingsFile } from '../../../src/cli/settings/settings-file.ts';

const TABLE = {
  kubeconfig: textSetting('PATH', '', ''),
  namespaces: listSetting('NAMES', '', ''),
  'serve.port': numberSetting('', 1),
  'serve.host': textSetting('ADDRESS', '', ''),
  config: { ...textSetting('PATH', '', ''), inFile: false },
};

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ['port: 1', /c\.yaml: port is unknown; the keys here are kubeconfig, namespaces, serve; see --help$/],
  ['serve: { prot: 1 }', /c\.yaml: serve\.prot is unknown; the keys here are port, host;/],
  ['serve: { port: { a: 1 } }', /c\.yaml: serve\.port must be a single value/],
  ['serve: { port: }', /c\.yaml: serve\.port must be a single value/],
  ['serve: 1', /c\.yaml: serve must be a mapping/],
  ['serve: [1]', /c\.yaml: serve must be a mapping/],
  ['- 1', /c\.yaml: the file must be a mapping/],
  ['config: other.yaml', /c\.yaml: config is unknown/],
  ['namespaces: [a, [b]]', /c\.yaml: namespaces must be a single value, or a list of texts/],
  ['serve: { port: 1 }\nserve.port: 2', /c\.yaml: serve\.port is set twice/],
  ['a: 1\na: 2', /c\.yaml:2: Map keys must be unique/],
  ['a: *b', /c\.yaml: .*alias/i],
  ['a: 1\n---\nb: 2', /c\.yaml:.*multiple documents/],
  ['a: {', /c\.yaml:\d+: /],
  ['__proto__: 1', /c\.yaml: __proto__ is unknown/],
  ['constructor: 1', /c\.yaml: constructor is unknown/],
];

describe('readSettingsFile()', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-file-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (text: string): ReturnType<typeof readSettingsFile> => {
    const path = join(folder, 'c.yaml');
    writeFileSync(path, text);
    return readSettingsFile(path, TABLE);
  };

  it('returns the values as texts, with their keys', () => {
    const source = read('kubeconfig: /a\nnamespaces: [a, b]\nserve: { port: 7 }');
    const path = join(folder, 'c.yaml');
    expect(source('kubeconfig')).to.deep.equal({ name: `${path}: kubeconfig`, text: '/a' });
    expect(source('namespaces')?.text).to.equal('a,b');
    expect(source('serve.port')).to.deep.equal({ name: `${path}: serve.port`, text: '7' });
    expect(source('serve.host')).to.equal(undefined);
  });

  for (const text of ['', '# nothing\n', '{}'])
    it(`accepts ${JSON.stringify(text)} as a file without settings`, () => {
      expect(read(text)('kubeconfig')).to.equal(undefined);
    });

  for (const [text, message] of WRONG) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => read(text)).to.throw(CliError, message));
  }

  it('refuses a file that does not exist', () => {
    expect(() => readSettingsFile(join(folder, 'none.yaml'), TABLE)).to.throw(CliError, /none\.yaml: no such file/);
  });
});
