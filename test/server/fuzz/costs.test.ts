/** The sweep of expensive requests, without times: each kind is sent once, at its largest size, while `/livez` is polled. */
import { expect } from 'chai';
import type { ClientResponse } from '../../support/https-client.ts';
import type { TestServer } from '../../support/test-server.ts';
import { type Costly, costServer, KINDS } from './costs.ts';
import { LivezPoller } from './livez-lag.ts';

/** The maximum size of a refusal in bytes: 100 causes of short texts, or a few texts of 1 KiB. */
const MAX_REFUSAL_BYTES = 20_000;
/** The statuses of requests that are served, and of those that are refused. */
const [SERVED, REFUSED] = [new Set([200, 201]), new Set([400, 404, 413, 422, 431])];

describe('a server that receives the most expensive request of each kind', () => {
  let test: TestServer;
  let send: (request: Costly) => Promise<ClientResponse>;
  let poller: LivezPoller;

  before(async () => {
    ({ test, send } = await costServer());
    poller = new LivezPoller(test.client);
  });

  after(async () => {
    await poller.close();
    await test.close();
  });

  for (const [index, { name, largest, request }] of KINDS.entries()) {
    it(`serves or refuses kind ${index + 1} (${name.replaceAll(/\s+/g, ' ').slice(0, 60)}), and /livez responds`, async () => {
      const costly = request(largest);
      let response: ClientResponse | undefined;
      const { responses } = await poller.during(async () => {
        response = await send(costly);
      });
      expect(responses).to.be.at.least(1);
      const { status = 0, text = '' } = response ?? {};
      if (SERVED.has(status)) return;
      expect([...REFUSED]).to.include(status);
      expect(text.length).to.be.below(MAX_REFUSAL_BYTES);
      const { kind, code, details } = JSON.parse(text);
      expect({ kind, code }).to.deep.equal({ kind: 'Status', code: status });
      expect(details?.causes?.length ?? 0).to.be.at.most(100);
    });
  }
});
