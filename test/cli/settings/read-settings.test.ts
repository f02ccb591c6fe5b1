import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../../../src/cli/cli-error.ts';
import { readSettings } from '../../../src/cli/settings/read-settings.ts';
import { SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';
import {
  flagOf,
  listSetting,
  numberSetting,
  type SettingsTable,
  switchSetting,
  textSetting,
  variableOf,
} from '../../../src/cli/settings/setting.ts';

const TABLE = {
  'serve.port': numberSetting('', 8443, { maximum: 65_535 }),
  'serve.host': textSetting('ADDRESS', '', 'all'),
  namespaces: listSetting('NAMES', '', 'all'),
  insecureDev: switchSetting(''),
};

describe('readSettings()', () => {
  let folder: string;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-settings-'));
    path = join(folder, 'config.yaml');
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (args: string[], env: Record<string, string> = {}, file?: string) => {
    if (file === undefined) return readSettings(TABLE, args, env);
    writeFileSync(path, file);
    return readSettings(TABLE, ['--config', path, ...args], env);
  };

  it('returns the defaults', () => {
    const { values } = read([]);
    expect(values).to.deep.equal({
      'serve.port': 8443,
      'serve.host': undefined,
      namespaces: undefined,
      insecureDev: false,
    });
  });

  // Each source sets the value that its position in the list says: 1 is the file, 2 the variable, 3 the flag.
  for (let sources = 0; sources < 8; sources += 1) {
    const [hasFile, hasVariable, hasFlag] = [sources & 1, sources & 2, sources & 4].map((bit) => bit !== 0);
    const names = [hasFlag && 'flag', hasVariable && 'variable', hasFile && 'file'].filter((name) => name !== false);
    it(`takes ${names[0] ?? 'the default'} from ${names.join(', ') || 'nothing'}`, () => {
      const { values } = read(
        hasFlag === true ? ['--serve-port', '3'] : [],
        hasVariable === true ? { KUBEFACET_SERVE_PORT: '2' } : {},
        hasFile === true ? 'serve: { port: 1 }' : undefined,
      );
      expect(values['serve.port']).to.equal(
        hasFlag === true ? 3 : hasVariable === true ? 2 : hasFile === true ? 1 : 8443,
      );
    });
  }

  it('reads the path of the file from the variable, and the flag wins', () => {
    writeFileSync(path, 'serve: { port: 1 }');
    const none = join(folder, 'none.yaml');
    expect(readSettings(TABLE, [], { KUBEFACET_CONFIG: path }).values['serve.port']).to.equal(1);
    expect(readSettings(TABLE, ['--config', path], { KUBEFACET_CONFIG: none }).values['serve.port']).to.equal(1);
  });

  it('lets a flag turn off what a variable or the file turns on', () => {
    expect(read([], { KUBEFACET_INSECURE_DEV: 'true' }).values.insecureDev).to.equal(true);
    expect(read(['--no-insecure-dev'], { KUBEFACET_INSECURE_DEV: 'true' }).values.insecureDev).to.equal(false);
    expect(read(['--no-insecure-dev'], {}, 'insecureDev: true').values.insecureDev).to.equal(false);
  });

  it('counts an empty variable as missing', () => {
    expect(read([], { KUBEFACET_SERVE_PORT: '' }).values['serve.port']).to.equal(8443);
  });

  it('returns the arguments that are no flags', () => {
    expect(read(['a.ts', '--serve-port', '1', 'b']).positionals).to.deep.equal(['a.ts', 'b']);
  });

  it('warns about unknown variables, but not about those of Services', () => {
    const env = {
      KUBEFACET_SERVE_PROT: '1',
      KUBEFACET_SERVICE_HOST: '10.0.0.1',
      KUBEFACET_PORT: 'tcp://10.0.0.1:443',
      KUBEFACET_PORT_443_TCP_ADDR: '10.0.0.1',
      KUBEFACET_GUARD: '1',
      PATH: '/bin',
    };
    expect(read([], env).warnings).to.deep.equal([
      'the environment variable KUBEFACET_SERVE_PROT is no setting, and is ignored; see --help',
    ]);
  });

  for (const [name, args, env, file, message] of [
    ['an unknown flag', ['--port', '1'], {}, undefined, "Unknown option '--port'"],
    ['a flag without a value', ['--serve-port'], {}, undefined, "Option '--serve-port N' argument missing"],
    ['a wrong flag', ['--serve-port', 'x'], {}, undefined, '--serve-port: "x" must be a whole number'],
    ['a wrong variable', [], { KUBEFACET_SERVE_PORT: 'x' }, undefined, 'KUBEFACET_SERVE_PORT: "x" must be a whole'],
    ['a wrong value in the file', [], {}, 'serve: { port: x }', 'config.yaml: serve.port: "x" must be a whole number'],
  ] as const) {
    it(`refuses ${name} with exit code 2`, () => {
      const run = (): unknown => read([...args], { ...env }, file);
      expect(run).to.throw(CliError, name.startsWith('a flag') ? /serve-port/ : message);
      expect(errorOf(run).exitCode).to.equal(2);
    });
  }

  it('reads every setting of serve from a flag, a variable and the file in the same way', () => {
    for (const [key, setting] of Object.entries(SERVE_SETTINGS as SettingsTable)) {
      const text = sampleOf(setting.form);
      const nested = key.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), text);
      writeFileSync(path, JSON.stringify(nested));
      const flag = setting.form === '' ? [flagOf(key)] : [flagOf(key), text];
      const results = [
        readSettings(SERVE_SETTINGS, flag, {}),
        readSettings(SERVE_SETTINGS, [], { [variableOf(key)]: text }),
        readSettings(SERVE_SETTINGS, ['--config', path], {}),
      ].map(({ values }) => values[key as keyof typeof values]);
      expect(results, key).to.deep.equal([1, 2, 3].map(() => setting.parse(text)));
      expect(results[0], key).to.not.deep.equal(setting.fallback);
    }
  });
});

/** Returns a value for each form that is no default of a setting. */
function sampleOf(form: string): string {
  const samples: Readonly<Record<string, string>> = {
    '': 'true',
    N: '77',
    BYTES: '5Ki',
    TIME: '7s',
    SHARE: '0.02',
    'NAMESPACE/NAME': 'a/b',
  };
  return samples[form] ?? (form.includes('|') ? (form.split('|').at(-1) ?? '') : 'a');
}

function errorOf(run: () => unknown): CliError {
  try {
    run();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('no CliError was thrown');
}
