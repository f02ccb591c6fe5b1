import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, names, podSummaries, TestServer } from '../../support/test-server.ts';

describe('requestInfo()', () => {
  let test: TestServer;

  before(async () => {
    const pods = fakeInformer(pod('shop/web-1'), pod('shop/web-2'));
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });

  after(() => test.close());

  for (const [query, expected] of [
    ['limit=%zz', ['web-1', 'web-2']],
    ['limit=1;watch=1', ['web-1', 'web-2']],
    ['watch=%&limit=1', ['web-1']],
  ] as const) {
    it(`ignores the malformed pairs of ?${query}`, async () => {
      expect(names(await test.json(`${BASE}/podsummaries?${query}`))).to.deep.equal(expected);
    });
  }
});
