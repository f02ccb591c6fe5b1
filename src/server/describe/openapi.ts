/**
 * OpenAPI: `/openapi/v2`, `/openapi/v3` and `/openapi/v3/apis/GROUP/VERSION` (conformance 5.5, 5.6). The documents depend on definitions
 * only, so they are available from the start: after a 404, an aggregator would not ask again.
 * @module
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import type { RequestContext } from '../define/request-context.ts';
import { acceptsGzip, acceptClauses, clauseCovers } from '../wire/accept.ts';
import { etagOf } from '../wire/aggregated-discovery.ts';
import type { OpenApiGroupVersion } from '../wire/openapi/openapi-resource.ts';
import { openApiV2 } from '../wire/openapi/openapi-v2.ts';
import { openApiV3 } from '../wire/openapi/openapi-v3.ts';
import { firstValue } from '../wire/query.ts';
import { notAcceptable, routeNotFound } from '../wire/status.ts';

const compress = promisify(gzip);
const JSON_TYPE = 'application/json';
const YEAR_MS = 365 * 24 * 3_600_000;
/** The size in bytes above which a body is compressed for clients that accept gzip (conformance 3.5). */
const GZIP_THRESHOLD = 131_072;

/** A document as bytes. */
interface Served {
  readonly bytes: Buffer;
  readonly etag: string;
  /** The ETag without quotes, for URLs. */
  readonly hash: string;
  compressed: Promise<Buffer> | undefined;
}

/** Options of {@link OpenApi}. */
export interface OpenApiOptions {
  readonly groupVersions: readonly OpenApiGroupVersion[];
  /** The version of the server, for people. */
  readonly version: string;
  readonly clock: Clock;
}

/** The OpenAPI documents of one server. They are computed once. */
export class OpenApi {
  readonly #clock: Clock;
  readonly #lastModified: string;
  readonly #v2: Served;
  readonly #root: Served;
  /** By `apis/G/V`. */
  readonly #groupVersions: ReadonlyMap<string, Served>;

  constructor({ groupVersions, version, clock }: OpenApiOptions) {
    this.#clock = clock;
    this.#lastModified = httpDate(clock.now());
    this.#v2 = served(openApiV2(groupVersions, { title: 'kubefacet', version }));
    this.#groupVersions = new Map(
      groupVersions.map((each) => [`apis/${each.group}/${each.version}`, served(openApiV3(each))]),
    );
    const paths = Array.from(this.#groupVersions, ([key, { hash }]) => [key, { serverRelativeURL: urlOf(key, hash) }]);
    this.#root = served({ paths: Object.fromEntries(paths) as unknown });
  }

  /** The paths of OpenAPI, for the index at `/`. */
  get paths(): string[] {
    return ['/openapi/v2', '/openapi/v3', ...Array.from(this.#groupVersions.keys(), (key) => `/openapi/v3/${key}`)];
  }

  /** Responds to `/openapi/v2`. */
  async v2(ctx: RequestContext): Promise<void> {
    requireJson(ctx);
    await this.#respond(ctx, this.#v2);
  }

  /** Responds to `/openapi/v3` with the URLs of the documents, as JSON for any `Accept` header, as a kube-apiserver does. */
  async root(ctx: RequestContext): Promise<void> {
    await this.#respond(ctx, this.#root);
  }

  /**
   * Responds to `/openapi/v3/apis/GROUP/VERSION`. With the current `?hash=`, clients may cache the document without a time limit. Another hash
   * is no redirect: a kube-apiserver does not forward redirects of other servers.
   */
  async groupVersion(ctx: RequestContext, key: string): Promise<void> {
    const document = this.#groupVersions.get(key);
    if (document === undefined) throw routeNotFound();
    requireJson(ctx);
    const hash = firstValue(ctx.state.query, 'hash') ?? '';
    if (hash === document.hash) {
      ctx.set('Cache-Control', 'public, immutable');
      ctx.set('Expires', httpDate(this.#clock.now() + YEAR_MS));
    }
    await this.#respond(ctx, document);
  }

  async #respond(ctx: RequestContext, document: Served): Promise<void> {
    ctx.status = 200;
    ctx.set('ETag', document.etag);
    ctx.set('Last-Modified', this.#lastModified);
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.set('Content-Type', JSON_TYPE);
    ctx.body = document.bytes;
    if (document.bytes.length <= GZIP_THRESHOLD) return;
    ctx.vary('Accept-Encoding');
    if (!acceptsGzip(ctx.get('Accept-Encoding'))) return;
    document.compressed ??= compress(document.bytes);
    ctx.body = await document.compressed;
    ctx.set('Content-Encoding', 'gzip');
  }
}

function served(document: object): Served {
  const bytes = Buffer.from(JSON.stringify(document));
  const etag = etagOf(bytes);
  return { bytes, etag, hash: etag.slice(1, -1), compressed: undefined };
}

const urlOf = (key: string, hash: string): string => `/openapi/v3/${key}?hash=${hash}`;

const httpDate = (milliseconds: number): string => new Date(milliseconds).toUTCString();

/**
 * Checks that the client accepts JSON, because documents are JSON only. Parameters of `Accept` clauses are ignored. An aggregator converts
 * the documents to protobuf itself.
 * @throws ApiError 406 for a client that does not accept JSON
 */
function requireJson(ctx: RequestContext): void {
  ctx.vary('Accept');
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === '') return;
  const isAccepted = acceptClauses(accept).some((clause) => clause.quality > 0 && clauseCovers(clause, JSON_TYPE));
  if (!isAccepted) throw notAcceptable([JSON_TYPE]);
}
