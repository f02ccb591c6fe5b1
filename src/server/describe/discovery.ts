/**
 * Discovery: `/apis`, `/apis/G`, `/apis/G/V`, and the index of paths. Made from definitions, so it is there from the first moment and
 * never depends on upstream (api-semantics 5).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { respondValue } from '../read/respond.ts';
import { apiGroupDiscoveryList, etagOf } from '../wire/aggregated-discovery.ts';
import { type ApiGroup, apiGroupDocument, apiGroupList, apiResourceList } from '../wire/discovery.ts';
import { contentTypeOf, negotiate } from '../wire/negotiation.ts';

/** The discovery documents of one server. */
export class Discovery {
  readonly #groups: readonly ApiGroup[];
  readonly #aggregated: string;
  readonly #etag: string;

  constructor(groups: readonly ApiGroup[]) {
    this.#groups = groups;
    this.#aggregated = JSON.stringify(apiGroupDiscoveryList(groups));
    this.#etag = etagOf(this.#aggregated);
  }

  /** The paths that the index names. */
  get paths(): string[] {
    return this.#groups.flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map(({ version }) => `/apis/${name}/${version}`),
    ]);
  }

  /** `/apis`: the legacy list, or aggregated discovery for who accepts it. */
  groups(ctx: RequestContext): void {
    const format = negotiate(acceptOf(ctx), 'discovery');
    ctx.vary('Accept');
    if (format.transform.as !== 'APIGroupDiscoveryList') {
      respondValue(ctx, 200, apiGroupList(this.#groups), format);
      return;
    }
    ctx.set('Cache-Control', 'public');
    if (format.mediaType !== 'application/json') {
      respondValue(ctx, 200, apiGroupDiscoveryList(this.#groups), format);
      return;
    }
    ctx.set('ETag', this.#etag);
    if (ctx.get('If-None-Match') === this.#etag) {
      ctx.status = 304;
      return;
    }
    ctx.set('Content-Type', contentTypeOf(format));
    ctx.body = `${this.#aggregated}\n`;
  }

  /** `/apis/G`. @returns false when the group is not served */
  group(ctx: RequestContext, name: string): boolean {
    const group = this.#groups.find((candidate) => candidate.name === name);
    if (group === undefined) return false;
    respondValue(ctx, 200, apiGroupDocument(group), negotiate(acceptOf(ctx), 'plain'));
    return true;
  }

  /** `/apis/G/V`. @returns false when the version is not served */
  version(ctx: RequestContext, groupName: string, versionName: string): boolean {
    const group = this.#groups.find((candidate) => candidate.name === groupName);
    const version = group?.versions.find((candidate) => candidate.version === versionName);
    if (group === undefined || version === undefined) return false;
    respondValue(ctx, 200, apiResourceList(group.name, version), negotiate(acceptOf(ctx), 'plain'));
    return true;
  }
}

function acceptOf(ctx: RequestContext): Parameters<typeof negotiate>[0] {
  return { accept: ctx.req.headers.accept, userAgent: ctx.req.headers['user-agent'], query: ctx.state.query };
}
