/** A server with delegated authentication over a fake cluster: its ConfigMap and its reviews. */
import type { UpstreamResource, UpstreamResult } from '../../../src/informers/collection/upstream.ts';
import type { ConfigMapLike } from '../../../src/server/access/authentication-config.ts';
import type { AuthenticationOption } from '../../../src/server/access/server-authentication.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { configMap, fakeInformer, FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

/** The path of an endpoint that responds with the user, and with all identity headers that its handler can see. */
export const WHOAMI = `${BASE}/whoami`;

const NAME = 'kube-system/extension-apiserver-authentication';
const LEAKS = /x-remote|authorization|my-user|base64url/i;

const whoami = rawEndpoint({
  name: 'whoami',
  paths: {
    '': {
      GET: (ctx) => {
        const { headers, rawHeaders, headersDistinct } = ctx.req;
        const seen = [headers, ctx.request.header, headersDistinct ?? {}].flatMap((all) => Object.entries(all).flat(2));
        ctx.body = { user: ctx.state.user, leaked: [...seen, ...rawHeaders].filter((text) => LEAKS.test(`${text}`)) };
      },
    },
  },
});

type Client = { readonly cert: string; readonly key: string };
type Review = { readonly kind: string; readonly spec: Record<string, unknown> };

/** Returns the status of a review, or its failure. */
export type Evaluate = (review: Review) => object | UpstreamResult | Promise<object | UpstreamResult>;

export class DelegatedServer {
  readonly test: TestServer;
  readonly #maps: FakeInformer<ConfigMapLike>;
  /** The specs of all TokenReviews. */
  readonly tokenReviews: Record<string, unknown>[];

  private constructor(test: TestServer, maps: FakeInformer<ConfigMapLike>, tokenReviews: Record<string, unknown>[]) {
    this.test = test;
    this.#maps = maps;
    this.tokenReviews = tokenReviews;
  }

  /**
   * @param data the ConfigMap; undefined for one that has not been read
   * @param evaluate evaluates TokenReviews. Access is always allowed
   */
  static async listening(
    data: Record<string, string> | undefined,
    evaluate: Evaluate = () => ({ authenticated: false }),
    authentication: AuthenticationOption = 'delegated',
  ): Promise<DelegatedServer> {
    const maps =
      data === undefined
        ? new FakeInformer<ConfigMapLike>({ name: 'configmaps', notSynced: true })
        : fakeInformer(mapOf(data));
    const tokenReviews: Record<string, unknown>[] = [];
    const test = await TestServer.listening({
      authentication,
      authorization: 'delegated',
      informers: {
        of: () => maps,
        review: async (_resource: UpstreamResource, sent: object): Promise<UpstreamResult> => {
          const review = sent as Review;
          if (review.kind !== 'TokenReview') return { type: 'done', object: { ...review, status: { allowed: true } } };
          tokenReviews.push(review.spec);
          const result = await evaluate(review);
          return 'type' in result ? result : { type: 'done', object: { ...review, status: result } };
        },
      },
      resources: [podSummaries(fakeInformer(pod('shop/web'))), whoami],
    });
    return new DelegatedServer(test, maps, tokenReviews);
  }

  /** Changes the ConfigMap. */
  configure(data: Record<string, string>): void {
    this.#maps.modify(mapOf(data));
  }

  /** Adds a ConfigMap that has not been read before. */
  publish(data: Record<string, string>): void {
    this.#maps.add(mapOf(data));
    this.#maps.sync();
  }

  http2(client?: Client): Http2Client {
    return new Http2Client({ ...this.test.client, client });
  }

  /** Sends a request over HTTP/1.1 and HTTP/2. @throws Error if the responses are not equal */
  async both(path: string, headers: Record<string, string | string[]>, client?: Client): Promise<ClientResponse> {
    const first = await requestOnce(path, { ...this.test.client, client, headers });
    const http2 = this.http2(client);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const second = await http2.request(path, lower);
    http2.close();
    if (second.status !== first.status || second.text !== first.text) {
      throw new Error(`HTTP/1.1: ${first.status} ${first.text}, HTTP/2: ${second.status} ${second.text}`);
    }
    return first;
  }

  close(): Promise<void> {
    return this.test.close();
  }
}

function mapOf(data: Record<string, string>): ConfigMapLike {
  return {
    ...configMap(NAME),
    data: {
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      ...data,
    },
  };
}
