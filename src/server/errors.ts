/**
 * What can go wrong with a server itself, one class for each cause. What clients are told is in `wire/status.ts`.
 * @module
 */

/** The server cannot listen where it was told to. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor(host: string | undefined, port: number, cause: NodeJS.ErrnoException) {
    super(`cannot listen on ${host === undefined ? 'port ' : `${host}:`}${port}: ${reasonOf(cause)}`, { cause });
  }
}

/** The server was put together in a way that cannot be served. */
export class ServerDefinitionError extends Error {
  override readonly name = 'ServerDefinitionError';
}

/** A response could not be finished, and is cut so that its client sees that. Why was logged already. */
export class ResponseCutError extends Error {
  override readonly name = 'ResponseCutError';
  constructor(cause: unknown) {
    super('the response could not be finished', { cause });
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is in use; choose another one, or 0 for any free one';
  if (error.code === 'EACCES') return 'permission denied; ports below 1024 need rights';
  if (error.code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  return error.message;
}
