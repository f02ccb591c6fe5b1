import { expect } from 'chai';
import {
  apiGroupDocument,
  apiGroupList,
  apiResourceList,
  apiVersions,
  storageVersionHash,
  type ApiGroup,
  type ApiResource,
} from '../../../src/server/wire/discovery.ts';

const read = ['get', 'list', 'watch'];
const carts: ApiResource = {
  name: 'carts',
  singularName: 'cart',
  namespaced: true,
  kind: 'Cart',
  verbs: [...read, 'create'],
  shortNames: ['ct'],
  categories: ['all'],
  storageVersion: 'v1',
  subresources: [
    { name: 'status', verbs: ['get'] },
    { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get'] },
  ],
};
const shops: ApiResource = { name: 'shops', singularName: 'shop', namespaced: false, kind: 'Shop', verbs: read };
const group: ApiGroup = {
  name: 'shop.example.com',
  versions: [
    { version: 'v1', resources: [carts, shops] },
    { version: 'v1beta1', resources: [shops] },
  ],
};

const v1 = { groupVersion: 'shop.example.com/v1', version: 'v1' };
const v1beta1 = { groupVersion: 'shop.example.com/v1beta1', version: 'v1beta1' };
const element = { name: 'shop.example.com', versions: [v1, v1beta1], preferredVersion: v1 };

describe('discovery documents', () => {
  it('list groups, with the first version as the preferred one', () => {
    expect(apiGroupList([group])).to.deep.equal({ kind: 'APIGroupList', apiVersion: 'v1', groups: [element] });
    expect(apiGroupDocument(group)).to.deep.equal({ kind: 'APIGroup', apiVersion: 'v1', ...element });
  });

  it('list the versions of the core group', () => {
    expect(apiVersions(['v1'])).to.deep.equal({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [],
    });
    expect(apiResourceList('', { version: 'v1', resources: [] }).groupVersion).to.equal('v1');
  });

  it('list resources, and subresources under their own names', () => {
    expect(apiResourceList(group.name, { version: 'v1', resources: [carts, shops] })).to.deep.equal({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'shop.example.com/v1',
      resources: [
        {
          name: 'carts',
          singularName: 'cart',
          namespaced: true,
          kind: 'Cart',
          verbs: [...read, 'create'],
          shortNames: ['ct'],
          categories: ['all'],
          storageVersionHash: storageVersionHash('shop.example.com', 'v1', 'Cart'),
        },
        { name: 'carts/status', singularName: '', namespaced: true, kind: 'Cart', verbs: ['get'] },
        {
          name: 'carts/scale',
          singularName: '',
          namespaced: true,
          group: 'autoscaling',
          version: 'v1',
          kind: 'Scale',
          verbs: ['get'],
        },
        { name: 'shops', singularName: 'shop', namespaced: false, kind: 'Shop', verbs: read },
      ],
    });
  });
});

describe('storageVersionHash()', () => {
  // Hashes that a kube-apiserver publishes.
  const hashes: readonly (readonly [group: string, version: string, kind: string, hash: string])[] = [
    ['', 'v1', 'Pod', 'xPOwRZ+Yhw8='],
    ['', 'v1', 'ConfigMap', 'qFsyl6wFWjQ='],
    ['apps', 'v1', 'Deployment', '8aSe+NMegvE='],
  ];
  for (const [group, version, kind, hash] of hashes) {
    it(`returns ${hash} for ${kind}`, () => {
      expect(storageVersionHash(group, version, kind)).to.equal(hash);
    });
  }
});
