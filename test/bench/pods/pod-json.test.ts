import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/index.ts';
import { CHANGES_ANNOTATION, nodeName, PodJson, TENTH_LABEL } from '../../../bench/pods/pod-json.ts';

describe('PodJson', () => {
  const json = new PodJson({ pods: 1000, namespaces: 7, nodes: 5 });
  const parsed = (index: number, version = 1, changes = 0): V1Pod =>
    JSON.parse(json.of(index, version, changes).toString()) as V1Pod;

  it('gives each pod its own name, uid, node and IP', () => {
    const pods = Array.from({ length: 1000 }, (_, index) => parsed(index));

    expect(new Set(pods.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)).size).to.equal(1000);
    expect(new Set(pods.map(({ metadata }) => metadata?.uid)).size).to.equal(1000);
    expect(new Set(pods.map(({ status }) => status?.podIP)).size).to.equal(1000);
    expect(new Set(pods.map(({ metadata }) => metadata?.namespace)).size).to.equal(7);
    expect(pods[8]?.spec?.nodeName).to.equal(nodeName(3));
  });

  it('names pods as nameOf() does', () => {
    expect(parsed(123).metadata).to.include(json.nameOf(123));
  });

  it('has real sizes', () => {
    const sizes = Array.from({ length: 36 }, (_, index) => json.of(index, 1, 0).length);

    expect(Math.min(...sizes)).to.be.above(2000);
    expect(sizes.reduce((sum, size) => sum + size, 0) / 36).to.be.within(4000, 12_000);
  });

  it('shows the version, the number of changes, and the tenth of a pod', () => {
    expect(parsed(13, 42, 5).metadata).to.deep.include({ resourceVersion: '42' });
    expect(parsed(13, 42, 5).metadata?.annotations).to.include({ [CHANGES_ANNOTATION]: '5' });
    expect(parsed(13).metadata?.labels).to.include({ [TENTH_LABEL]: '3' });
  });
});
