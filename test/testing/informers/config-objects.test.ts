import { expect } from 'chai';
import { configMap, secret, tlsSecret } from '../../../src/testing/informers/index.ts';

describe('makers of ConfigMaps and Secrets', () => {
  it('keep the data of a ConfigMap as text', () => {
    expect(configMap('shop/settings', { a: 'b' })).to.deep.include({ kind: 'ConfigMap', data: { a: 'b' } });
  });

  it('encode the data of a Secret as base64', () => {
    expect(secret('a/b', { a: 'b' })).to.deep.include({ kind: 'Secret', type: 'Opaque', data: { a: 'Yg==' } });
  });

  it('give a TLS Secret its type and both of its entries', () => {
    expect(tlsSecret('shop/web-tls', { certificate: 'b', labels: { app: 'web' } })).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'web-tls',
        namespace: 'shop',
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { app: 'web' },
      },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': 'Yg==', 'tls.key': '' },
    });
    expect(tlsSecret('shop/web-tls', { privateKey: 'b' }).data).to.deep.equal({ 'tls.crt': '', 'tls.key': 'Yg==' });
  });
});
