import { expect } from 'chai';
import { informerFactory } from '../../../../src/informers/informer-factory.ts';
import { loadKubeConfig } from '../../../../src/informers/kube-config.ts';
import { fakeCluster } from '../../../../src/testing/cluster/index.ts';

const RESOURCE = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };

describe('reviewKinds()', () => {
  it('reviews a token for its audiences: those that the review asks for, or else that of the API server', async () => {
    await using cluster = await fakeCluster({
      users: [
        { name: 'pod', token: 'of-a-pod' },
        { name: 'vault', token: 'for-vault', audiences: ['vault', 'other'] },
      ],
    });
    const kubeConfig = await loadKubeConfig({ text: await cluster.kubeConfigFor() });
    const informers = informerFactory({ kubeConfig });
    const audiencesOf = async (token: string, audiences?: readonly string[]): Promise<unknown> => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
      const result = await informers.review(RESOURCE, review, new AbortController().signal);
      expect(result.type).to.equal('done');
      const { status } = (result as { object: { status: { authenticated?: boolean; audiences?: unknown } } }).object;
      expect(status.authenticated === true).to.equal(status.audiences !== undefined);
      return status.audiences;
    };
    expect(await audiencesOf('of-a-pod')).to.deep.equal(['https://kubernetes.default.svc']);
    expect(await audiencesOf('of-a-pod', ['vault'])).to.equal(undefined);
    expect(await audiencesOf('for-vault')).to.equal(undefined);
    expect(await audiencesOf('for-vault', ['vault', 'mine'])).to.deep.equal(['vault']);
    expect(await audiencesOf('unknown')).to.equal(undefined);
    await informers.close();
  });
});
