/** Bearer tokens of other audiences, and of other clusters: the cluster reviews each, and the server compares its audiences. */
import { expect } from 'chai';
import { type ClientResponse, requestOnce } from '../../support/https-client.ts';
import { AttackedServer, SECRET, SHOP } from './attacked-server.ts';

const API = 'https://kubernetes.default.svc';

describe('an attacker with a token', () => {
  let server: AttackedServer;
  afterEach(() => server.close());

  const start = async (audiences: readonly string[] | undefined): Promise<void> => {
    server = await AttackedServer.listening(audiences === undefined ? {} : { authentication: { audiences } });
    for (const [token, of] of [
      ['of-the-api', [API]],
      ['of-the-vault', ['vault']],
      ['of-kubefacet', ['kubefacet']],
      ['of-two', ['vault', 'kubefacet']],
      ['of-none', []],
    ] as const) {
      server.cluster.kubeConfigWithToken({ name: 'alice', token, audiences: of });
    }
  };
  const get = (token: string): Promise<ClientResponse> =>
    requestOnce(SHOP, { ...server.test.client, headers: { authorization: `Bearer ${token}` } });

  it('for another audience than the kube-apiserver receives 401', async () => {
    await start(undefined);
    for (const [token, status] of [
      ['of-the-api', 200],
      ['of-the-vault', 401],
      ['of-kubefacet', 401],
      ['of-two', 401],
      ['of-none', 401],
      ['unknown', 401],
    ] as const) {
      expect((await get(token)).status, token).to.equal(status);
    }
  });

  it('for another audience than the configured ones receives 401, also for the kube-apiserver', async () => {
    await start(['kubefacet', 'other']);
    for (const [token, status] of [
      ['of-the-api', 401],
      ['of-the-vault', 401],
      ['of-kubefacet', 200],
      ['of-two', 200],
      ['of-none', 401],
    ] as const) {
      expect((await get(token)).status, token).to.equal(status);
    }
  });

  it('of another audience beside identity headers of admin stays refused', async () => {
    await start(undefined);
    const headers = { authorization: 'Bearer of-the-vault', 'x-remote-user': 'admin' };
    const { status, text } = await requestOnce(SHOP, { ...server.test.client, headers });
    expect([status, text.includes(SECRET)]).to.deep.equal([401, false]);
    expect(server.reviewed).to.deep.equal([]);
  });
});
