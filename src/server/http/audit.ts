/**
 * Audit events: the user of a request, the action that it asked for, the decision, and the result. Each request has one when its response has ended. A long-running
 * request, such as a watch, has another one when it has begun. The stages have the names of a kube-apiserver's.
 * @module
 */
import { afterwards } from '../../step.ts';
import type { Middleware } from './middleware.ts';
import { isLongRunning } from './request-deadline.ts';
import type { ServerState } from './request-state.ts';

/** An audit event. All texts have at most 1,024 characters. Headers, queries and bodies are not part of it. */
export interface AuditEvent {
  /** The id of the request: the header `Audit-Id` of its response. */
  readonly auditId: string;
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  /** The name of the user; undefined if it is not known. */
  readonly user: string | undefined;
  /** The verb of RBAC; the HTTP method in lower case for paths that are not resources, and if the path was not parsed. */
  readonly verb: string;
  readonly group: string | undefined;
  readonly version: string | undefined;
  /** With the subresource: `tasks/status`. */
  readonly resource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The path if it is not that of a resource. */
  readonly path: string | undefined;
  /** The HTTP status; 0 if the client has disconnected before the response has begun. */
  readonly code: number;
  /** Undefined if the request was not authorized, because it was refused before. */
  readonly decision: 'allow' | 'forbid' | undefined;
  /** The time since the request arrived, in milliseconds. */
  readonly latencyMs: number;
}

type AuditContext = Parameters<Middleware<ServerState>>[0];

const MAX_TEXT = 1024;
/** The probes of kubelets and aggregators, which anyone may send. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** Reports each request except probes of health. It must run before any middleware that responds. @param record must not throw */
export function audit(record: (event: AuditEvent) => void): Middleware<ServerState> {
  return (ctx, next) => {
    const start = performance.now();
    const report = (stage: AuditEvent['stage']): void => {
      const [path = ''] = (ctx.req.url ?? '').split('?', 1);
      if (!OPEN_PATHS.has(path)) record(eventOf(ctx, stage, Math.round((performance.now() - start) * 1000) / 1000));
    };
    ctx.res.on('close', () => report('ResponseComplete'));
    return afterwards(next(), () => {
      const { info, isOver } = ctx.state as Partial<ServerState>;
      if (info !== undefined && isLongRunning(info) && isOver === false && ctx.respond === false)
        report('ResponseStarted');
    });
  };
}

function eventOf({ req, res, state }: AuditContext, stage: AuditEvent['stage'], latencyMs: number): AuditEvent {
  const { info, user, decision, requestId = '' } = state as Partial<ServerState>;
  const resource = info?.type === 'resource' ? info : undefined;
  const [path = ''] = (req.url ?? '').split('?', 1);
  const plural = resource?.subresource === '' ? resource.resource : `${resource?.resource}/${resource?.subresource}`;
  return {
    auditId: requestId,
    stage,
    user: cut(user?.name),
    verb: cut(info?.verb ?? req.method?.toLowerCase()) ?? '',
    group: cut(resource?.group),
    version: cut(resource?.version),
    resource: resource === undefined ? undefined : cut(plural),
    namespace: cut(resource?.namespace),
    name: cut(resource?.name),
    path: resource === undefined ? cut(path) : undefined,
    code: res.headersSent ? res.statusCode : 0,
    decision: decision === undefined ? undefined : decision.allowed ? 'allow' : 'forbid',
    latencyMs,
  };
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT);
}
