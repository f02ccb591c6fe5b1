import { expect } from 'chai';
import {
  AuthenticationConfigError,
  certificatesIn,
  type ConfigMapLike,
  parseRequestHeaderConfig,
  AuthenticationConfigSource,
} from '../../../src/server/access/authentication-config.ts';
import { certificateAuthority } from '../../../src/certificates.ts';
import { configMap, FakeInformer, fakeInformer } from '../../../src/testing/informers/index.ts';

const NAME = 'kube-system/extension-apiserver-authentication';

describe('parseRequestHeaderConfig()', () => {
  let ca: string;
  let data: Record<string, string>;
  before(async () => {
    ca = (await certificateAuthority('proxy')).certificate;
  });
  beforeEach(() => {
    data = {
      'client-ca-file': 'not looked at',
      'requestheader-client-ca-file': ca,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    };
  });

  it('reads the ConfigMap of a cluster', () => {
    const { clientCa, ...rest } = parseRequestHeaderConfig({ data }) ?? { clientCa: '' };
    expect(clientCa.trim()).to.equal(ca.trim());
    expect(rest).to.deep.equal({
      allowedNames: ['front-proxy-client'],
      usernameHeaders: ['X-Remote-User'],
      uidHeaders: ['X-Remote-Uid'],
      groupHeaders: ['X-Remote-Group'],
      extraHeaderPrefixes: ['X-Remote-Extra-'],
    });
  });

  it('reads the ConfigMap of older clusters, which have no uid headers, and allows any name', () => {
    delete data['requestheader-uid-headers'];
    data['requestheader-allowed-names'] = '[]';
    expect(parseRequestHeaderConfig({ data })).to.deep.include({ uidHeaders: [], allowedNames: [] });
  });

  for (const nothing of [undefined, '']) {
    it(`returns undefined if the CA is ${JSON.stringify(nothing)}`, () => {
      const { 'requestheader-client-ca-file': _ca, ...rest } = data;
      const changed = nothing === undefined ? rest : { ...rest, 'requestheader-client-ca-file': nothing };
      expect(parseRequestHeaderConfig({ data: changed })).to.equal(undefined);
      expect(parseRequestHeaderConfig({})).to.equal(undefined);
    });
  }

  for (const [title, key, text, message] of [
    [
      'a CA that is not PEM',
      'requestheader-client-ca-file',
      'nonsense',
      'requestheader-client-ca-file must contain a PEM certificate',
    ],
    [
      'a CA that cannot be decoded',
      'requestheader-client-ca-file',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'requestheader-client-ca-file: certificate 1 is invalid',
    ],
    [
      'a CA without an end',
      'requestheader-client-ca-file',
      '-----BEGIN CERTIFICATE-----\nAAAA',
      'requestheader-client-ca-file must contain a PEM certificate',
    ],
    [
      'allowed names that are not JSON',
      'requestheader-allowed-names',
      'front-proxy',
      'requestheader-allowed-names must be JSON',
    ],
    [
      'allowed names that are an object',
      'requestheader-allowed-names',
      '{}',
      'requestheader-allowed-names must be an array of strings',
    ],
    [
      'a group header that is a number',
      'requestheader-group-headers',
      '[1]',
      'requestheader-group-headers must be an array of strings',
    ],
    [
      'an empty list of username headers',
      'requestheader-username-headers',
      '[]',
      'requestheader-username-headers must name at least one header',
    ],
  ] as const) {
    it(`rejects ${title}`, () => {
      data[key] = text;
      expect(() => parseRequestHeaderConfig({ data })).to.throw(AuthenticationConfigError, `${NAME}: ${message}`);
    });
  }

  it('accepts a bundle with text between the certificates', async () => {
    const other = (await certificateAuthority('other')).certificate;
    const bundle = certificatesIn(`# old\n${ca}\n# new\r\n${other}`, 'here');
    expect(bundle.match(/BEGIN CERTIFICATE/g)).to.have.length(2);
    expect(bundle).to.not.contain('#');
  });
});

describe('AuthenticationConfigSource', () => {
  let first: string;
  let second: string;
  let maps: FakeInformer<ConfigMapLike>;
  let reported: string[];
  let source: AuthenticationConfigSource;
  let abort: AbortController;
  const of = (ca: string): ConfigMapLike => ({
    ...configMap(NAME),
    data: { 'requestheader-client-ca-file': ca, 'requestheader-username-headers': '["X-Remote-User"]' },
  });

  before(async () => {
    first = (await certificateAuthority('first')).certificate;
    second = (await certificateAuthority('second')).certificate;
  });
  beforeEach(() => {
    reported = [];
    abort = new AbortController();
  });
  const follow = (informer: FakeInformer<ConfigMapLike>): void => {
    maps = informer;
    source = new AuthenticationConfigSource(maps, true);
    source.follow(abort.signal, {
      changed: ({ frontProxy }) => reported.push(frontProxy?.clientCa.trim() === first.trim() ? 'first' : 'second'),
      refused: (problem) => reported.push(problem),
    });
  };

  it('follows changes', () => {
    follow(fakeInformer(of(first)));
    expect(source.problem).to.equal(undefined);
    maps.modify(of(second));
    expect(reported).to.deep.equal(['first', 'second']);
    expect(source.config?.frontProxy?.clientCa.trim()).to.equal(second.trim());
  });

  it('keeps the last valid configuration, and reports each reason once', () => {
    follow(fakeInformer(of(first)));
    maps.modify(of('nonsense'));
    maps.modify({ ...of('nonsense'), data: { ...of('nonsense').data, more: '1' } });
    maps.delete(NAME);
    expect(source.config?.frontProxy?.clientCa.trim()).to.equal(first.trim());
    expect(reported).to.deep.equal([
      'first',
      `${NAME}: requestheader-client-ca-file must contain a PEM certificate`,
      `${NAME} does not exist`,
    ]);
    expect(source.problem).to.equal(`${NAME} does not exist`);
    maps.add(of(second));
    expect(source.problem).to.equal(undefined);
  });

  it('returns the reason why there is no configuration', () => {
    follow(new FakeInformer<ConfigMapLike>({ name: 'configmaps', notSynced: true }));
    expect(source.problem).to.equal(`${NAME} has not been read: the first list has not arrived`);
    maps.sync();
    expect(source.problem).to.equal(`${NAME} does not exist`);
    maps.add(configMap(NAME));
    expect(source.problem).to.equal(`${NAME} describes no front proxy`);
    expect(source.config).to.equal(undefined);
  });

  it('stops when the signal is aborted', () => {
    follow(fakeInformer(of(first)));
    abort.abort();
    maps.modify(of(second));
    expect(reported).to.deep.equal(['first']);
  });
});
