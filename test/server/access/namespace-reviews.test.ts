import { expect } from 'chai';
import { allowedAmong, allowedNamespaces } from '../../../src/server/access/namespace-reviews.ts';
import { settled } from '../../../src/testing/informers/index.ts';

describe('the reviews of namespaces', () => {
  /** `SOURCE NAMESPACE`, of the reviews that were sent. */
  let asked: string[];
  let allow: (review: string) => boolean | Promise<boolean>;
  beforeEach(() => (asked = []));

  const reviewer = (sources: number) => ({
    sources,
    review: async (source: number, namespace: string): Promise<boolean> => {
      const text = `${source} ${namespace === '' ? '*' : namespace}`;
      asked.push(text);
      return allow(text);
    },
  });

  it('need one review of each source for a user with the rights in all namespaces', async () => {
    allow = (review) => review.endsWith('*');
    expect(await allowedNamespaces(reviewer(2), () => ['a', 'b'])).to.equal(undefined);
    expect(asked).to.deep.equal(['0 *', '1 *']);
  });

  it('ask about each namespace only for the sources whose right is limited', async () => {
    allow = (review) => review === '0 *' || review === '1 b';
    expect(await allowedNamespaces(reviewer(2), () => ['a', 'b'])).to.deep.equal(new Set(['b']));
    expect(asked).to.have.members(['0 *', '1 *', '1 a', '1 b']);
  });

  it('require all sources in a namespace, and end at the first that is denied', async () => {
    allow = (review) => ['0 a', '1 a', '2 a', '0 b', '2 b'].includes(review);
    expect(await allowedNamespaces(reviewer(3), () => ['a', 'b'])).to.deep.equal(new Set(['a']));
    expect(asked).to.not.include('2 b');
    asked = [];
    expect(await allowedAmong(reviewer(3), ['b', 'a'])).to.deep.equal(new Set(['a']));
    expect(asked).to.not.include('0 *');
  });

  it('read the namespaces after the reviews for all namespaces', async () => {
    const names = ['a'];
    allow = (review) => {
      if (review.endsWith('*')) names.push('later');
      return !review.endsWith('*');
    };
    expect(await allowedNamespaces(reviewer(1), () => names)).to.deep.equal(new Set(['a', 'later']));
  });

  it('without sources and without namespaces are none', async () => {
    allow = () => false;
    expect(await allowedNamespaces(reviewer(1), () => [])).to.deep.equal(new Set());
    expect(await allowedAmong(reviewer(1), [])).to.deep.equal(new Set());
    expect(asked).to.deep.equal(['0 *']);
  });

  it('run twenty at once', async () => {
    const ends: (() => void)[] = [];
    allow = () => new Promise((resolve) => void ends.push(() => resolve(true)));
    const names = Array.from({ length: 45 }, (_, at) => `n${at}`);
    const allowed = allowedAmong(reviewer(1), names);
    await settled();
    expect(asked).to.have.length(20);
    ends.shift()?.();
    await settled();
    expect(asked).to.have.length(21);
    while (ends.length > 0) {
      ends.shift()?.();
      await settled();
    }
    expect(await allowed).to.deep.equal(new Set(names));
  });

  it('fail with the first error, and begin no further review', async () => {
    allow = (review) => (review === '0 n3' ? Promise.reject(new Error('down')) : settled().then(() => true));
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
    const error = await allowedAmong(reviewer(1), names).catch((caught: unknown) => caught);
    expect(error).to.have.property('message', 'down');
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(asked.length).to.be.at.most(20);
  });
});
