import { expect } from 'chai';
import { CliError } from '../../src/cli/cli-error.ts';
import { parseDemoOptions } from '../../src/cli/demo-options.ts';

describe('parseDemoOptions()', () => {
  it('returns defaults without arguments', () => {
    expect(parseDemoOptions([])).to.include({ pods: 300, churn: 5, seed: 1, port: undefined, kubeconfig: undefined });
  });

  it('parses all options', () => {
    const args = '--port 7443 --serve-port 0 --pods 10 --nodes 2 --churn 0 --seed 3'.split(' ');
    expect(parseDemoOptions(args)).to.include({ port: 7443, servePort: 0, pods: 10, nodes: 2, churn: 0, seed: 3 });
  });

  const wrong: [string, string][] = [
    ['--pods many', '--pods many: must be a whole number from 0 to 50000'],
    ['--pods -1', "Option '--pods' argument is ambiguous"],
    ['--port 70000', '--port 70000: must be a whole number from 0 to 65535'],
    ['--pots 3', "Unknown option '--pots'"],
    ['extra', "Unexpected argument 'extra'"],
    ['--kubeconfig a --pods 3', '--pods cannot be combined with --kubeconfig'],
    ['--tls-cert-file a --kubeconfig b', '--tls-cert-file and --tls-private-key-file must be used together'],
    ['--insecure-dev', 'require --kubeconfig'],
    ['--objects a --pods 3', '--objects cannot be combined with --pods'],
  ];
  for (const [text, message] of wrong) {
    it(`rejects "${text}" with one line that refers to --help`, () => {
      expect(() => parseDemoOptions(text.split(' ')))
        .to.throw(CliError, message)
        .that.satisfies(
          (error: CliError) =>
            error.exitCode === 2 && !error.message.includes('\n') && error.message.endsWith('see --help'),
        );
    });
  }
});
