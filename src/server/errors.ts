/**
 * Errors of a server itself, one class for each cause. Errors for clients are in `wire/status.ts`.
 * @module
 */

/** The server cannot listen on its port or address. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor(host: string | undefined, port: number, cause: NodeJS.ErrnoException) {
    super(`cannot listen on ${host === undefined ? 'port ' : `${host}:`}${port}: ${reasonOf(cause)}`, { cause });
  }
}

/** The options or definitions of a server are invalid or conflict. */
export class ServerDefinitionError extends Error {
  override readonly name = 'ServerDefinitionError';
}

/** A response failed after it had begun, and was cut so that the client notices. The cause was logged before. */
export class ResponseCutError extends Error {
  override readonly name = 'ResponseCutError';
  constructor(cause: unknown) {
    super('the response could not be finished', { cause });
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is in use; choose another port, or 0 for a free one';
  if (error.code === 'EACCES') return 'permission denied; ports below 1024 need privileges';
  if (error.code === 'EADDRNOTAVAIL') return 'this machine does not have the address';
  return error.message;
}
