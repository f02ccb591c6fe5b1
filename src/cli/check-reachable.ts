/**
 * Whether a cluster answers at all, before anything is started on it.
 * @module
 */
import type { KubeTransport } from '../informers/index.ts';
import { UpstreamApiError } from '../informers/index.ts';
import { CliError } from './cli-error.ts';

/**
 * Asks for the cluster's version.
 * @throws ConnectionError when it cannot be reached, CliError when it does not let us in
 */
export async function checkReachable(transport: KubeTransport, signal: AbortSignal): Promise<void> {
  try {
    await transport.get('/version', { signal });
  } catch (error) {
    if (!(error instanceof UpstreamApiError)) throw error;
    throw new CliError(`the cluster answers ${error.message}; check the credentials of the kubeconfig`, 1, error);
  }
}
