import { LinkedAbort } from '../../../abort.ts';
import type { Clock } from '../../../clock.ts';
import type { ApiService, Availability } from './api-service.ts';
import type { BackendConnection } from './backend-connection.ts';
import { AGGREGATOR, readDocument } from './backend-reader.ts';

/** How many attempts are started at once; the first good one counts, the others are cut short. */
const ATTEMPTS = 5;

/** Milliseconds until an attempt is given up. */
const TIMEOUT = 5000;

/** Asks the backend for `/apis/G/V`, as kube-aggregator does to see whether it is there (api-semantics 5.3). */
export async function checkAvailability(
  { group, version }: Pick<ApiService, 'group' | 'version'>,
  backend: BackendConnection,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Availability> {
  const path = `/apis/${group}/${version}`;
  const url = `https://${backend.target.host}:${backend.target.port}${path}`;
  const decided = new LinkedAbort(signal);
  const attempt = async (): Promise<void> => {
    const { status } = await readDocument(backend, {
      path,
      user: AGGREGATOR,
      timeout: TIMEOUT,
      clock,
      signal: decided.signal,
    });
    if (status < 200 || status > 299) throw new Error(`bad status from ${url}: ${status}`);
  };
  try {
    await Promise.any(Array.from({ length: ATTEMPTS }, attempt));
    return { status: 'True', reason: 'Passed', message: 'all checks passed' };
  } catch (error) {
    const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
    const why = first instanceof Error ? first.message : String(first);
    return {
      status: 'False',
      reason: 'FailedDiscoveryCheck',
      message: `failing or missing response from ${url}: ${why}`,
    };
  } finally {
    decided.abort();
  }
}
