/** Pods, claims, users and their rights, and two replicas of a server that shows each user the rows of its namespaces. */
import type { UpstreamResource, UpstreamResult } from '../../../src/informers/collection/upstream.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { byName } from '../../../src/projections/match/by-key.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { type Resource, resource } from '../../../src/server/define/resource.ts';
import { type FakeInformer, fakeInformer, configMap, pod, settled } from '../../../src/testing/informers/index.ts';
import { Http2Client } from '../../support/https-client.ts';
import { TestServer } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../../server/access/proxy.ts';

/** The text that each row contains in its name and its content, before its namespace. No other text contains it. */
export const SECRET = 'secret-';
export const NAMESPACES: readonly string[] = ['a', 'a-b', 'b', 'c0', 'zz'];
export const USERS: readonly string[] = ['alice', 'bob', 'carol'];
export const PLURALS: readonly string[] = ['secretpods', 'podclaims'];

/** The rights of a user: all namespaces, or some. */
export type UserRights = 'all' | ReadonlySet<string>;

interface Replica {
  readonly test: TestServer;
  readonly http2: Http2Client;
}

/** Content of a row: the text that clients see. */
export type State = ReadonlyMap<string, string>;

/** The pods and the replicas. Rights change only by {@link World.grant}. */
export class World {
  readonly pods: FakeInformer<V1Pod> = fakeInformer(pod('start/start'));
  readonly claims = fakeInformer(configMap('start/start'));
  readonly bindings: FakeInformer<ReturnType<typeof binding>> = fakeInformer(binding(0));
  readonly rights = new Map<string, UserRights>();
  /** The number of reviews of sources. */
  reviews = 0;
  readonly replicas: Replica[] = [];
  /** The replica whose reviews take long; it learns of changes later than the other. */
  slow: number | undefined;
  #bindings = 0;
  /** The number of reviews in progress. */
  #pending = 0;
  readonly #random: () => number;
  /** The time of all replicas, also of those that start later. */
  #elapsed = 0;

  constructor(random: () => number) {
    this.#random = random;
    this.pods.delete('start/start');
    for (const user of USERS) this.rights.set(user, new Set());
  }

  async start(at: number): Promise<void> {
    const none = fakeInformer(binding(0));
    const { bindings } = this;
    const test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: 'delegated',
      random: this.#random,
      informers: {
        of: () => fakeInformer({ metadata: { name: 'none', namespace: 'none' } }),
        roles: none,
        clusterRoles: none,
        clusterRoleBindings: none,
        roleBindings: bindings,
        review: (_resource: UpstreamResource, review: object) => this.#review(at, review as { spec: AccessReviewSpec }),
      },
      resources: [this.#secretPods(), this.#podClaims()],
    });
    test.clock.advance(this.#elapsed);
    const http2 = new Http2Client({ ...test.client, client: await proxyCertificate() });
    this.replicas[at] = { test, http2 };
  }

  async stop(at: number): Promise<void> {
    const replica = this.replicas[at];
    await replica?.test.close();
    replica?.http2.close();
  }

  /** Changes rights. Replicas know it later. */
  change(user: string, rights: UserRights): void {
    this.rights.set(user, rights);
    this.#bindings += 1;
    this.bindings.modify(binding(this.#bindings));
  }

  /** Changes rights, and waits until all replicas know it. */
  async grant(user: string, rights: UserRights): Promise<void> {
    this.change(user, rights);
    await this.advance(1000);
    await this.advance(2000);
  }

  /** Waits until all replicas know all rights and namespaces. */
  async reviewed(): Promise<void> {
    for (const milliseconds of [0, 1000, 2000, 1000]) {
      await this.advance(milliseconds);
      while (this.#pending > 0) for (let turn = 0; turn < 10; turn += 1) await settled();
    }
  }

  async advance(milliseconds: number): Promise<void> {
    this.#elapsed += milliseconds;
    for (const { test } of this.replicas) await test.clock.run(milliseconds);
    for (let turn = 0; turn < 10; turn += 1) await settled();
  }

  /** Whether a user may see the rows of a namespace. */
  sees(user: string, namespace: string): boolean {
    const rights = this.rights.get(user);
    return rights === 'all' || rights?.has(namespace) === true;
  }

  /** The namespaces that have rows, as text. */
  namespaces(): string {
    return [...new Set(this.pods.list().map(({ metadata }) => metadata?.namespace))].sort().join();
  }

  /** The rows that a user may see. @param namespace empty for all namespaces */
  expected(user: string, plural: string, namespace = ''): State {
    const rows = new Map<string, string>();
    for (const { metadata = {} } of this.pods.list()) {
      const { namespace: own = '', name = '', labels = {} } = metadata;
      if (!this.sees(user, own) || (namespace !== '' && own !== namespace)) continue;
      const claim = plural === 'secretpods' ? undefined : this.claims.get(`${own}/${name}`)?.data?.['is'];
      rows.set(`${own}/${name}`, `${labels['is']}${claim === undefined ? '' : ` ${claim}`}`);
    }
    return rows;
  }

  async #review(at: number, review: { readonly spec: AccessReviewSpec }): Promise<UpstreamResult> {
    const { spec } = review;
    const { resourceAttributes: { resource: plural = '', namespace = '' } = {}, user } = spec;
    const isSource = !PLURALS.includes(plural);
    if (isSource) this.reviews += 1;
    const allowed = isSource ? this.#allows(user, namespace) : true;
    const turns = Math.floor(this.#random() * 3) + (at === this.slow ? 300 : 0);
    this.#pending += 1;
    for (let turn = 0; turn < turns; turn += 1) await settled();
    this.#pending -= 1;
    return { type: 'done', object: { ...review, status: { allowed } } };
  }

  #allows(user: string, namespace: string): boolean {
    return namespace === '' ? this.rights.get(user) === 'all' : this.sees(user, namespace);
  }

  #secretPods(): Resource {
    const rows = this.pods.pipe(map((one) => ({ metadata: identity(one), is: one.metadata?.labels?.['is'] })));
    return resource({ kind: 'SecretPod', plural: 'secretpods', namespaced: true, authorize: 'rows' }, rows);
  }

  #podClaims(): Resource {
    const rows = this.pods.pipe(
      leftJoin(this.claims, byName(), (one, claim) => ({
        metadata: identity(one),
        is: [one.metadata?.labels?.['is'], claim?.data?.['is']].flatMap((each) => each ?? []).join(' '),
      })),
    );
    return resource({ kind: 'PodClaim', plural: 'podclaims', namespaced: true, authorize: 'rows' }, rows);
  }
}

/** Returns a pod whose name and content contain its secret. */
export function secretPod(namespace: string, number: number, version: number): V1Pod {
  return pod(`${namespace}/${SECRET}${namespace}.${number}`, { labels: { is: `${SECRET}${namespace}.v${version}` } });
}

function binding(version: number) {
  return { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'b', namespace: 'x', labels: { v: `${version}` } } };
}

/** Returns a generator of random numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
