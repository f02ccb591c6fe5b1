/**
 * Errors whose message says it all end the command with one line instead of a stack.
 * @module
 */
import { ConnectionError, CredentialsError, KubeConfigError } from '../informers/index.ts';
import { ApiError, ListenError, ServerDefinitionError } from '../server/index.ts';
import { ApiServiceUnavailableError, LoadObjectsError, PortInUseError } from '../testing/index.ts';
import { CliError } from './cli-error.ts';

const EXPECTED = [
  ApiError,
  ApiServiceUnavailableError,
  ConnectionError,
  CredentialsError,
  KubeConfigError,
  ListenError,
  LoadObjectsError,
  PortInUseError,
  ServerDefinitionError,
];

/** Runs `work`; what is to be expected of the world becomes a {@link CliError}, bugs stay what they are. */
export async function oneLine(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!EXPECTED.some((type) => error instanceof type)) throw error;
    throw new CliError((error as Error).message.split('\n')[0] ?? '', 1, error);
  }
}
