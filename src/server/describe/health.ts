/**
 * `/healthz`, `/livez` and `/readyz` (conformance 9.1).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { clientText } from '../wire/client-text.ts';

/** A check of a health endpoint. */
export interface HealthCheck {
  readonly name: string;
  /** Returns the reason why the check fails, or undefined if it passes. */
  readonly problem: () => string | undefined;
  /** Returns the problem for the log. Problems that are logged elsewhere are left out. Default: {@link problem}. */
  readonly loggedProblem?: (() => string | undefined) | undefined;
  /** Returns the parts of the check, for `?verbose`. */
  readonly parts?: (() => readonly HealthPart[]) | undefined;
}

/** A part of a check. Every client can read it, even without an identity. */
export interface HealthPart {
  readonly name: string;
  readonly isHealthy: boolean;
  readonly note: string;
}

/** The health endpoints. Liveness does not depend on the cluster, because a restart would not repair the connection. */
export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';

/** Responds with all checks of an endpoint. It withholds reasons, because clients need no identity. */
export function health(ctx: RequestContext, endpoint: HealthEndpoint, checks: readonly HealthCheck[]): void {
  const { query } = ctx.state;
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const isHealthy = check.problem() === undefined;
    failed ||= !isHealthy;
    lines.push(lineOf(check.name, isHealthy));
    // The note is for people. Tools read the sign and the name.
    for (const part of check.parts?.() ?? []) {
      lines.push(`${lineOf(`${check.name}/${part.name}`, part.isHealthy)} (${part.note})`);
    }
  }
  if (excluded.size > 0) {
    const names = Array.from(excluded, (name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  ctx.status = failed ? 500 : 200;
  plain(ctx, failed || query.has('verbose') ? `${lines.join('\n')}\n` : 'ok');
}

/** Responds with one check and its reason, without internals. The client has an identity here. @returns false if the check does not exist */
export function healthOf(ctx: RequestContext, name: string, checks: readonly HealthCheck[]): boolean {
  const check = checks.find((candidate) => candidate.name === name);
  if (check === undefined) return false;
  const problem = check.problem();
  ctx.status = problem === undefined ? 200 : 500;
  plain(ctx, problem === undefined ? 'ok' : `internal server error: ${clientText(problem)}\n`);
  return true;
}

function lineOf(name: string, isHealthy: boolean): string {
  return isHealthy ? `[+]${name} ok` : `[-]${name} failed: reason withheld`;
}

function plain(ctx: RequestContext, text: string): void {
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Content-Type', 'text/plain; charset=utf-8');
  ctx.body = text;
}
