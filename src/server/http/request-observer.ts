/**
 * The middlewares that record metrics of requests.
 * @module
 */
import { afterwards } from '../../step.ts';
import { dryRunLabel, type RequestLabels, requestLabels } from '../metrics/request-labels.ts';
import type { EndedRequest, RequestMetrics } from '../metrics/request-metrics.ts';
import { wantsWebSocket } from '../read/web-socket.ts';
import { queryBoolean } from '../wire/query.ts';
import type { Middleware } from './middleware.ts';
import type { RequestInfo } from '../wire/request-info.ts';
import { isLongRunning } from './request-deadline.ts';
import type { ServerState } from './request-state.ts';
import type { ServedVersions } from './resources.ts';

/** The parts of the observers. */
export interface ObserverParts {
  readonly metrics: RequestMetrics;
  readonly versions: ServedVersions;
}

type ServerContext = Parameters<Middleware<ServerState>>[0];

/** Records each request when its response has ended or its client has disconnected. It must run before any middleware that responds. */
export function requestObserver({ metrics, versions }: ObserverParts): Middleware<ServerState> {
  return (ctx, next) => {
    const start = performance.now();
    let isAborted = false;
    ctx.req.on('aborted', () => {
      isAborted = true;
    });
    ctx.res.on('close', () => {
      const seconds = (performance.now() - start) / 1000;
      metrics.ended({ ...endOf(ctx, versions), seconds, isAborted });
    });
    return next();
  };
}

/** Counts watches and other requests without a timeout while they are open. It must run after authorization. */
export function longRunningObserver({ metrics, versions }: ObserverParts): Middleware<ServerState> {
  return (ctx, next) => {
    const { info, query, isOver } = ctx.state;
    if (!isLongRunning(info) || isOver) return next();
    const { signal } = ctx.state;
    const start = performance.now();
    const labels = labelsOf(ctx, versions);
    const close = metrics.opened(labels);
    // The signal is aborted when the response ends. A body that is a stream adds further listeners to the response.
    signal.addEventListener('abort', () => close(), { once: true });
    return afterwards(next(), () => {
      // The route of a watch resolves when the initial events are sent.
      const isList = labels.verb === 'WATCH' && queryBoolean(query, 'sendInitialEvents') === true;
      if (isList && !signal.aborted) metrics.watchListSent(labels, (performance.now() - start) / 1000);
    });
  };
}

/** The labels of the infos that GETs share. A server has other versions than another. */
const kept = new WeakMap<ServedVersions, WeakMap<RequestInfo, RequestLabels>>();

function labelsOf({ req, state }: ServerContext, versions: ServedVersions): RequestLabels {
  // Before authentication, the request has no info.
  const { info } = state as Partial<ServerState>;
  const { method = '' } = req;
  if (method !== 'GET' || info === undefined) {
    return requestLabels({ method, info, contentType: req.headers['content-type'] }, versions);
  }
  let ofVersions = kept.get(versions);
  if (ofVersions === undefined) {
    ofVersions = new WeakMap();
    kept.set(versions, ofVersions);
  }
  let labels = ofVersions.get(info);
  if (labels === undefined) {
    labels = requestLabels({ method, info, contentType: undefined }, versions);
    ofVersions.set(info, labels);
  }
  return labels;
}

function endOf(ctx: ServerContext, versions: ServedVersions): Omit<EndedRequest, 'seconds' | 'isAborted'> {
  const { res, req } = ctx;
  const state: Partial<ServerState> = ctx.state;
  const isUpgraded = !res.headersSent && ctx.respond === false && wantsWebSocket(req);
  const code = isUpgraded ? 101 : res.headersSent ? res.statusCode : 0;
  const length = res.headersSent ? Number(res.getHeader('content-length') ?? Number.NaN) : Number.NaN;
  return {
    labels: labelsOf(ctx, versions),
    dryRun: req.method === 'GET' ? '' : dryRunLabel(state.query?.getAll('dryRun') ?? []),
    code,
    size: Number.isNaN(length) ? undefined : length,
    authentication: authenticationOf(state, code),
    user: state.user?.name,
  };
}

/** Authentication sets the user, also to undefined. It does not run for requests that are refused before it. */
function authenticationOf(state: Partial<ServerState>, code: number): EndedRequest['authentication'] {
  if (state.user !== undefined) return 'success';
  if (code === 401) return 'failure';
  return code === 503 && Object.hasOwn(state, 'user') ? 'error' : undefined;
}
