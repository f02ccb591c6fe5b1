import { expect } from 'chai';
import { credentialsFor, parseEndpoint } from '../../../src/stores/etcd/etcd-endpoint.ts';

describe('parseEndpoint()', () => {
  const good: readonly (readonly [url: string, target: string, secure: boolean])[] = [
    ['http://127.0.0.1:2379', 'dns:127.0.0.1:2379', false],
    ['https://etcd-0.etcd:12379/', 'dns:etcd-0.etcd:12379', true],
    ['https://etcd', 'dns:etcd:2379', true],
    ['https://etcd:443', 'dns:etcd:443', true],
    ['https://[::1]:2379', 'dns:[::1]:2379', true],
  ];
  for (const [url, target, secure] of good) {
    it(`parses ${url}`, () => expect(parseEndpoint(url)).to.deep.equal({ url, target, secure }));
  }

  for (const url of ['', 'etcd:2379', 'ftp://etcd', 'https://etcd/path', 'https://me@etcd', 'https://etcd:x']) {
    it(`rejects ${JSON.stringify(url)}`, () =>
      expect(() => parseEndpoint(url)).to.throw(TypeError, 'is not an endpoint of etcd'));
  }
});

describe('credentialsFor()', () => {
  it('rejects endpoints that do not fit each other or their TLS options', () => {
    const [http, https] = ['http://a', 'https://a'].map(parseEndpoint);
    expect(() => credentialsFor([], undefined)).to.throw('at least one');
    expect(() => credentialsFor([http!, https!], undefined)).to.throw('all https or all http');
    expect(() => credentialsFor([http!], {})).to.throw('not https');
    expect(() => credentialsFor([https!], { cert: 'x' })).to.throw('together');
    credentialsFor([https!], undefined);
  });
});
