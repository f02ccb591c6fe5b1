/**
 * The checks of `kubefacet doctor`, and how they run: in order, each with a timeout, and without the checks that depend on a failed one.
 * @module
 */
import { LinkedAbort, unlessAborted } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import { errorMessage } from '../../error-message.ts';
import {
  ConnectionError,
  CredentialsError,
  DecodeError,
  IdleTimeoutError,
  KubeConfigError,
  RedirectError,
  ResponseTooLargeError,
  UpstreamApiError,
} from '../../informers/index.ts';
import { CliError } from '../cli-error.ts';

/** The result of a check. A warning is no failure: the installation works, or the check could not be done with the rights of the user. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** A problem that a check has found. */
export interface Problem {
  /** @default 'failed' */
  readonly severity?: 'failed' | 'warning' | undefined;
  /** One sentence without a period. */
  readonly cause: string;
  /** The repair, in the imperative. */
  readonly fix: string;
}

/** The outcome of {@link Check.run}. */
export interface Outcome {
  /** A short text about the result, for people. Not used if there are problems. */
  readonly summary: string;
  readonly problems?: readonly Problem[] | undefined;
  /** The check does not apply here, for the reason in `summary`. Checks that need it run nevertheless. */
  readonly isSkipped?: boolean | undefined;
}

/** A row of the table of checks. */
export interface Check<Context> {
  readonly name: string;
  /** The names of earlier checks. If one of them failed, this one is skipped. */
  readonly needs: readonly string[];
  run(context: Context, signal: AbortSignal): Outcome | Promise<Outcome>;
}

/** A check that was done. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  readonly summary: string;
  readonly problems: readonly Required<Problem>[];
}

/** Options of {@link runChecks}. */
export interface RunOptions {
  readonly clock: Clock;
  /** The maximum time of one check, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A check took too long. */
class CheckTimeoutError extends Error {
  override readonly name = 'CheckTimeoutError';
}

/**
 * Runs checks in order.
 * @throws the reason of the signal; the error of a check that is none of its expected ones, which is a bug
 */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  options: RunOptions,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  /** The checks that need not be run for those that depend on them, with the failed check behind each. */
  const blocked = new Map<string, string>();
  for (const check of checks) {
    const cause = check.needs.map((name) => blocked.get(name)).find((name) => name !== undefined);
    if (cause !== undefined) {
      blocked.set(check.name, cause);
      results.push({
        name: check.name,
        status: 'skipped',
        summary: `because of the problem of "${cause}"`,
        problems: [],
      });
      continue;
    }
    const { outcome, isBlocking } = await outcomeOf(check, context, options);
    const result = resultOf(check.name, outcome);
    if (isBlocking || result.status === 'failed') blocked.set(check.name, check.name);
    results.push(result);
  }
  return results;
}

async function outcomeOf<Context>(
  check: Check<Context>,
  context: Context,
  options: RunOptions,
): Promise<{ readonly outcome: Outcome; readonly isBlocking: boolean }> {
  try {
    return { outcome: await limited(check, context, options), isBlocking: false };
  } catch (error) {
    options.signal.throwIfAborted();
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return { outcome: { summary: '', problems: [problem] }, isBlocking: true };
  }
}

async function limited<Context>(
  check: Check<Context>,
  context: Context,
  { clock, timeout, signal }: RunOptions,
): Promise<Outcome> {
  const lifetime = new LinkedAbort(signal);
  const cancel = clock.schedule(timeout, () =>
    lifetime.abort(new CheckTimeoutError(`the check did not end within ${timeout / 1000} s`)),
  );
  try {
    return await unlessAborted(Promise.resolve(check.run(context, lifetime.signal)), lifetime.signal);
  } finally {
    cancel();
    lifetime.unlink();
  }
}

function resultOf(name: string, { summary, problems = [], isSkipped = false }: Outcome): CheckResult {
  const complete = problems.map(({ severity = 'failed', cause, fix }) => ({ severity, cause, fix }));
  const [first] = complete;
  if (first === undefined) return { name, status: isSkipped ? 'skipped' : 'ok', summary, problems: [] };
  const status = complete.some(({ severity }) => severity === 'failed') ? 'failed' : 'warning';
  return {
    name,
    status,
    summary: complete.length === 1 ? first.cause : `${complete.length} problems`,
    problems: complete,
  };
}

const EXPECTED = [ConnectionError, IdleTimeoutError, DecodeError, ResponseTooLargeError, RedirectError];

/** Returns the problem that an error of a check means; undefined for an error that no check expects. */
function problemOf(error: unknown): Problem | undefined {
  const cause = errorMessage(error);
  if (error instanceof CheckTimeoutError) {
    return { cause, fix: 'Find out why the API server is slow, or allow more time with --check-timeout.' };
  }
  if (error instanceof KubeConfigError || error instanceof CredentialsError) {
    return { cause, fix: 'Correct the kubeconfig, or select another one with --kubeconfig and --context.' };
  }
  if (error instanceof CliError) return { cause, fix: 'Correct the module.' };
  if (error instanceof UpstreamApiError) return apiProblem(error);
  if (EXPECTED.some((type) => error instanceof type)) {
    return {
      cause,
      fix: 'Check the address in the kubeconfig, the network, and any proxy between here and the cluster.',
    };
  }
  return undefined;
}

function apiProblem({ code, message }: UpstreamApiError): Problem {
  if (code === 403) {
    return {
      severity: 'warning',
      cause: `not checked, because the kubeconfig does not allow it: ${message}`,
      fix: 'Run doctor with the kubeconfig of an administrator, and name the account of the server with --service-account.',
    };
  }
  if (code === 401) {
    return {
      cause: `the API server refuses the credentials: ${message}`,
      fix: 'Log in again, or use another kubeconfig.',
    };
  }
  return { cause: `the API server responds with ${code}: ${message}`, fix: 'See the log of the kube-apiserver.' };
}
