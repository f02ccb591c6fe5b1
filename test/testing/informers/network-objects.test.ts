import { expect } from 'chai';
import { endpointSlice, ingress, service } from '../../../src/testing/informers/index.ts';

const metadata = { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('makers of network objects', () => {
  it('return a Service with its selector and ports', () => {
    expect(service('shop/web', { ports: [80], selector: { app: 'web' } })).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ClusterIP', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
  });

  it('return an EndpointSlice with the label of its Service and an entry for each endpoint', () => {
    const endpoints = [
      { address: '10.0.0.1', pod: 'web-1', node: 'n1', zone: 'a' },
      { address: '10.0.0.2', ready: false },
    ];
    expect(endpointSlice('shop/web', { service: 'web', endpoints, ports: [80], labels: { app: 'web' } })).to.deep.equal(
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web', app: 'web' } },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: true },
            nodeName: 'n1',
            zone: 'a',
            targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
          },
          { addresses: ['10.0.0.2'], conditions: { ready: false } },
        ],
        ports: [{ port: 80 }],
      },
    );
    expect(endpointSlice('shop/web')).to.deep.include({ metadata, endpoints: [], ports: [] });
  });

  it('return an Ingress with a path for each rule', () => {
    const rules = [
      { host: 'shop.example.com', service: 'web' },
      { path: '/api', service: 'api', port: 'http' },
    ];
    const tls = [{ hosts: ['shop.example.com'], secretName: 'web-tls' }];
    expect(ingress('shop/web', { className: 'nginx', rules, tls })).to.deep.equal({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'shop.example.com',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
          {
            http: {
              paths: [
                { path: '/api', pathType: 'Prefix', backend: { service: { name: 'api', port: { name: 'http' } } } },
              ],
            },
          },
        ],
        tls,
      },
    });
    expect(ingress('shop/web').spec).to.deep.equal({ rules: [] });
  });
});
