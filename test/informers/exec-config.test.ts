import { expect } from 'chai';
import { KubeConfigError } from '../../src/informers/errors.ts';
import { execConfig, execInfo } from '../../src/informers/exec-config.ts';

const VERSION = 'client.authentication.k8s.io/v1';
const EXEC = { apiVersion: VERSION, command: 'login', interactiveMode: 'Never' };

describe('execConfig()', () => {
  const WRONG: readonly [fields: object, message: string][] = [
    [{ apiVersion: undefined }, 'user "u": exec.apiVersion is missing'],
    [{ apiVersion: 'v1' }, 'user "u": exec.apiVersion "v1" is not supported; use client.authentication.k8s.io/v1 or'],
    [{ command: '' }, 'user "u": exec.command is missing'],
    [{ interactiveMode: undefined }, 'user "u": exec.interactiveMode is missing'],
    [{ interactiveMode: 'x' }, 'user "u": exec.interactiveMode must be Never, IfAvailable, Always'],
    [{ args: 'x' }, 'user "u": exec.args must be a list'],
    [{ env: [{ value: 'x' }] }, 'user "u": exec.env[0].name is missing'],
    [{ env: [{ name: 'x', valueFrom: {} }] }, 'user "u": exec.env[0].valueFrom is not a field'],
    [{ arguments: [] }, 'user "u": exec.arguments is not a field'],
  ];
  for (const [fields, message] of WRONG) {
    it(`throws "${message}"`, () => {
      expect(() => execConfig({ ...EXEC, ...fields }, 'user "u"')).to.throw(KubeConfigError, message);
    });
  }
});

describe('execInfo()', () => {
  it('has the cluster only if the plugin wants it', () => {
    const cluster = { name: 'c', server: 'https://c', caData: 'Y2E=', skipTLSVerify: false, proxyUrl: 'http://p' };
    const info = (fields: object): unknown =>
      JSON.parse(execInfo(execConfig({ ...EXEC, ...fields }, 'u'), { cluster, interactive: true }));
    const common = { kind: 'ExecCredential', apiVersion: VERSION };
    expect(info({})).to.deep.equal({ ...common, spec: { interactive: true } });
    const sent = { server: 'https://c', 'certificate-authority-data': 'Y2E=', 'proxy-url': 'http://p' };
    expect(info({ provideClusterInfo: true })).to.deep.equal({ ...common, spec: { cluster: sent, interactive: true } });
  });
});
