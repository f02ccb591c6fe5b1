import { expect } from 'chai';
import { environmentProxy } from '../../src/informers/environment-proxy.ts';
import { KubeConfigError } from '../../src/informers/errors.ts';

describe('environmentProxy()', () => {
  const HTTPS_PROXY = 'http://proxy:1';
  // The values are those of the tests of golang.org/x/net/http/httpproxy.
  const CASES: readonly [server: string, env: Record<string, string>, proxy: string | undefined][] = [
    ['https://api.example.com', {}, undefined],
    ['https://api.example.com', { HTTPS_PROXY }, 'http://proxy:1'],
    ['https://api.example.com', { https_proxy: 'http://lower' }, 'http://lower'],
    ['https://api.example.com', { HTTPS_PROXY, https_proxy: 'http://lower' }, 'http://proxy:1'],
    ['https://api.example.com', { HTTPS_PROXY: 'proxy:8080' }, 'http://proxy:8080'],
    ['https://api.example.com', { HTTPS_PROXY: 'https://proxy' }, 'https://proxy'],
    ['https://api.example.com', { HTTP_PROXY: 'http://other', ALL_PROXY: 'http://other' }, undefined],
    ['http://api.example.com', { HTTP_PROXY: 'http://other', HTTPS_PROXY }, 'http://other'],
    ['https://localhost:6443', { HTTPS_PROXY }, undefined],
    ['https://127.1.2.3:6443', { HTTPS_PROXY }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY }, undefined],
  ];
  for (const [server, env, proxy] of CASES) {
    it(`returns ${proxy} for ${server} with ${JSON.stringify(env)}`, () => {
      expect(environmentProxy(server, env)).to.equal(proxy);
    });
  }

  const NO_PROXY: readonly [server: string, noProxy: string, direct: boolean][] = [
    ['https://api.example.com', '*', true],
    ['https://api.example.com', 'example.com', true],
    ['https://api.example.com', ' other , .example.com ', true],
    ['https://api.example.com', '*.example.com', true],
    ['https://API.example.com', 'api.EXAMPLE.com', true],
    ['https://example.com', '.example.com', false],
    ['https://example.com', '*.example.com', false],
    ['https://notexample.com', 'example.com', false],
    ['https://api.example.com', 'example.com:443', true],
    ['https://api.example.com:6443', 'example.com:443', false],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://10.1.2.3:6443', '10.1.2.3:443', false],
    ['https://10.1.2.3', '1.2.3', false],
    ['https://[fd00::5]', 'fd00::/8', true],
    ['https://[fd00::5]:6443', '[fd00::5]:6443', true],
    ['https://[fd00::5]', 'fd00:0::5', true],
    ['https://api.example.com', ',, :443', false],
  ];
  for (const [server, noProxy, direct] of NO_PROXY) {
    it(`${direct ? 'excludes' : 'does not exclude'} ${server} with NO_PROXY "${noProxy}"`, () => {
      expect(environmentProxy(server, { HTTPS_PROXY, NO_PROXY: noProxy })).to.equal(direct ? undefined : HTTPS_PROXY);
      expect(environmentProxy(server, { HTTPS_PROXY, no_proxy: noProxy })).to.equal(direct ? undefined : HTTPS_PROXY);
    });
  }

  it('refuses other proxies, without their passwords', () => {
    expect(() => environmentProxy('https://api', { https_proxy: 'socks5://me:secret@p' })).to.throw(
      KubeConfigError,
      /^the proxy of the variable https_proxy is not supported; use an http or https proxy$/,
    );
    expect(environmentProxy('https://api', { HTTPS_PROXY: 'socks5://p', NO_PROXY: 'api' })).to.equal(undefined);
  });
});
