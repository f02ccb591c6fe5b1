import { expect } from 'chai';
import { apiGroupDiscoveryList, etagOf } from '../../../src/server/wire/aggregated-discovery.ts';

describe('apiGroupDiscoveryList()', () => {
  it('contains all groups, versions, resources and subresources, each with a response kind', () => {
    const list = apiGroupDiscoveryList([
      {
        name: 'shop.example.com',
        versions: [
          {
            version: 'v1',
            resources: [
              {
                name: 'carts',
                singularName: 'cart',
                namespaced: true,
                kind: 'Cart',
                verbs: ['get'],
                shortNames: ['ct'],
                categories: ['all'],
                subresources: [
                  { name: 'status', verbs: ['get'] },
                  { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['update'] },
                ],
              },
              { name: 'shops', singularName: 'shop', namespaced: false, kind: 'Shop', verbs: ['list'] },
            ],
          },
        ],
      },
    ]);
    expect(list).to.deep.equal({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        {
          metadata: { name: 'shop.example.com', creationTimestamp: null },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'carts',
                  responseKind: { group: 'shop.example.com', version: 'v1', kind: 'Cart' },
                  scope: 'Namespaced',
                  singularResource: 'cart',
                  verbs: ['get'],
                  shortNames: ['ct'],
                  categories: ['all'],
                  subresources: [
                    {
                      subresource: 'status',
                      responseKind: { group: 'shop.example.com', version: 'v1', kind: 'Cart' },
                      verbs: ['get'],
                    },
                    {
                      subresource: 'scale',
                      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
                      verbs: ['update'],
                    },
                  ],
                },
                {
                  resource: 'shops',
                  responseKind: { group: 'shop.example.com', version: 'v1', kind: 'Shop' },
                  scope: 'Cluster',
                  singularResource: 'shop',
                  verbs: ['list'],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe('etagOf()', () => {
  it('is the quoted upper-case SHA-512 of the bytes', () => {
    expect(etagOf('{}')).to.match(/^"[0-9A-F]{128}"$/);
    expect(etagOf(Buffer.from('{}'))).to.equal(etagOf('{}'));
    expect(etagOf('{ }')).to.not.equal(etagOf('{}'));
  });
});
