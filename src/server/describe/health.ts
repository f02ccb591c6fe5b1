/**
 * `/healthz`, `/livez` and `/readyz` (api-semantics 9.1).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';

/** One thing that can be well or not. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong; undefined: nothing. */
  readonly problem: () => string | undefined;
  /** What it suffers from although it is well, for the log; undefined: nothing. */
  readonly concern?: (() => string | undefined) | undefined;
  /** What it is made of, for `?verbose`. */
  readonly parts?: (() => readonly HealthPart[]) | undefined;
}

/** A part of what is checked. Everybody may see all of it. */
export interface HealthPart {
  readonly name: string;
  readonly isWell: boolean;
  readonly note: string;
}

/** The endpoints. Liveness never depends on upstream: a restart would not mend it. */
export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';

/** Answers a health endpoint, whole. Causes are withheld: anybody may ask. */
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
    const isWell = check.problem() === undefined;
    failed ||= !isWell;
    lines.push(lineOf(check.name, isWell));
    // What stands behind is for people: tools read the sign and the name.
    for (const part of check.parts?.() ?? []) {
      lines.push(`${lineOf(`${check.name}/${part.name}`, part.isWell)} (${part.note})`);
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

/** Answers one check of an endpoint, with its cause: who gets here has an identity. @returns false when there is no such check */
export function healthOf(ctx: RequestContext, name: string, checks: readonly HealthCheck[]): boolean {
  const check = checks.find((candidate) => candidate.name === name);
  if (check === undefined) return false;
  const problem = check.problem();
  ctx.status = problem === undefined ? 200 : 500;
  plain(ctx, problem === undefined ? 'ok' : `internal server error: ${problem}\n`);
  return true;
}

function lineOf(name: string, isWell: boolean): string {
  return isWell ? `[+]${name} ok` : `[-]${name} failed: reason withheld`;
}

function plain(ctx: RequestContext, text: string): void {
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Content-Type', 'text/plain; charset=utf-8');
  ctx.body = text;
}
