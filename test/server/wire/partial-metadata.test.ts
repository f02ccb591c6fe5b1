import { expect } from 'chai';
import { partialObjectMetadata, partialObjectMetadataList } from '../../../src/server/wire/partial-metadata.ts';

const metadata = { name: 'a', finalizers: ['f'], managedFields: [{ manager: 'm' }] };
const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'n' } };

describe('partialObjectMetadata()', () => {
  it('returns the complete metadata and nothing else', () => {
    expect(partialObjectMetadata(object)).to.deep.equal({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
    });
    expect(partialObjectMetadata(object, 'v1beta1').apiVersion).to.equal('meta.k8s.io/v1beta1');
    expect(partialObjectMetadata({}).metadata).to.deep.equal({});
  });
});

describe('partialObjectMetadataList()', () => {
  it("contains the list's metadata and the kind of each item", () => {
    const list = { resourceVersion: '9', continue: 'x', remainingItemCount: 2 };
    expect(partialObjectMetadataList([object], list, 'v1beta1')).to.deep.equal({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1beta1',
      metadata: list,
      items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1', metadata }],
    });
    expect(partialObjectMetadataList([], list).items).to.deep.equal([]);
  });
});
