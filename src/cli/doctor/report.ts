/**
 * The output of `kubefacet doctor`, for people and for programs. Texts of the cluster are shown without control characters.
 * @module
 */
import { withoutControls } from '../../control-characters.ts';
import type { CheckResult, CheckStatus } from './check.ts';

const STATUS_WIDTH = 9;
const STATUSES: readonly CheckStatus[] = ['ok', 'warning', 'failed', 'skipped'];

/** Whether no check failed. */
export function isHealthy(results: readonly CheckResult[]): boolean {
  return results.every(({ status }) => status !== 'failed');
}

/** Returns one line for each check, the fix of each problem below it, and a line with the counts. */
export function textReport(results: readonly CheckResult[]): string {
  const lines = results.flatMap(({ name, status, summary, problems }) => [
    `${status.padEnd(STATUS_WIDTH)}${withoutControls(`${name}: ${summary}`)}`,
    ...problems.flatMap(({ severity, cause, fix }) => [
      ...(problems.length === 1 ? [] : [indented(`${severity}: ${cause}`)]),
      indented(`fix: ${fix}`),
    ]),
  ]);
  const counts = STATUSES.map((status) => [results.filter((one) => one.status === status).length, status] as const);
  const shown = counts.filter(([count]) => count > 0).map(([count, status]) => `${count} ${status}`);
  return `${[...lines, '', shown.join(', ')].join('\n')}\n`;
}

/** Returns the results as JSON. */
export function jsonReport(results: readonly CheckResult[]): string {
  const text = JSON.stringify({ healthy: isHealthy(results), checks: results }, undefined, 2);
  return `${withoutControls(text, { keepLines: true })}\n`;
}

function indented(text: string): string {
  return `${' '.repeat(STATUS_WIDTH)}${withoutControls(text)}`;
}
