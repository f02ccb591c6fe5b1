/**
 * The paths for operators: `/metrics` and `/debug/graph`. They need an identity, and the rights of a non-resource path. A kube-apiserver does
 * not proxy them, so clients must reach the server directly.
 * @module
 */
import { type Graph, graphOf } from '../../projections/graph/debug.ts';
import type { RequestContext } from '../define/request-context.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { clientText } from '../wire/client-text.ts';
import { firstValue } from '../wire/query.ts';
import { badRequest, methodNotAllowed } from '../wire/status.ts';
import type { Middleware } from './middleware.ts';
import type { ServerState } from './request-state.ts';

/** The sources of the two paths. */
export interface OperationParts {
  readonly metrics: Pick<ServerMetrics, 'contentType' | 'text'>;
  readonly graph: () => Graph;
}

/** Responds to requests for `/metrics` and `/debug/graph`, and passes on all others. */
export function operations({ metrics, graph }: OperationParts): Middleware<ServerState> {
  const respond = async (ctx: RequestContext, path: string): Promise<void> => {
    const { query } = ctx.state;
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed({ allow: ['GET', 'HEAD'] });
    ctx.set('X-Content-Type-Options', 'nosniff');
    if (path === '/metrics') {
      const text = await metrics.text();
      ctx.set('Content-Type', metrics.contentType);
      ctx.body = text;
      return;
    }
    const format = firstValue(query, 'format') ?? 'json';
    const shown = withoutInternals(graph());
    if (format === 'json') {
      ctx.set('Content-Type', 'application/json');
      ctx.body = `${JSON.stringify({ nodes: shown.nodes, views: shown.views }, undefined, 2)}\n`;
    } else if (format === 'mermaid' || format === 'text') {
      ctx.set('Content-Type', 'text/plain; charset=utf-8');
      ctx.body = `${format === 'text' ? shown.toString() : shown.mermaid()}\n`;
    } else {
      throw badRequest('format must be json, mermaid or text');
    }
  };
  return (ctx, next) => {
    const { info } = ctx.state;
    const isOperation = info.type !== 'resource' && (info.path === '/metrics' || info.path === '/debug/graph');
    return isOperation ? respond(ctx, info.path) : next();
  };
}

/** Returns the graph without addresses, files and stacks in its messages. The log of the server has them. */
function withoutInternals({ nodes, views }: Graph): Graph {
  return graphOf(
    nodes.map((node) => ({
      ...node,
      failure: shownText(node.failure),
      source: node.source === undefined ? undefined : { ...node.source, message: shownText(node.source.message) },
    })),
    views.map((view) => ({ ...view, reason: clientText(view.reason) })),
  );
}

function shownText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clientText(text);
}
