/**
 * Discovery: `/apis`, `/apis/GROUP` and `/apis/GROUP/VERSION` (conformance 5). The documents depend on definitions only, so they are
 * available from the start, even if the cluster is not available.
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

  /** The paths of discovery, for the index at `/`. */
  get paths(): string[] {
    return this.#groups.flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map(({ version }) => `/apis/${name}/${version}`),
    ]);
  }

  /** Responds to `/apis` with aggregated discovery if the client accepts it, and with the legacy list otherwise. */
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

  /** Responds to `/apis/GROUP`. @returns false if the group is not served */
  group(ctx: RequestContext, name: string): boolean {
    const group = this.#groups.find((candidate) => candidate.name === name);
    if (group === undefined) return false;
    respondValue(ctx, 200, apiGroupDocument(group), negotiate(acceptOf(ctx), 'plain'));
    return true;
  }

  /** Responds to `/apis/GROUP/VERSION`. @returns false if the version is not served */
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
