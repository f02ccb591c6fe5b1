/**
 * Connections that have had their last answer.
 * @module
 */
import type { Http2ServerRequest } from 'node:http2';
import type { RequestContext } from '../define/request-context.ts';

/**
 * Asks the client to make another connection after this answer: `Connection: close`, or GOAWAY. What else is being answered on the
 * connection goes on to its end.
 */
export function endConnection({ req, res }: Pick<RequestContext, 'req' | 'res'>): void {
  if (req.httpVersionMajor === 1) {
    res.setHeader('Connection', 'close');
    return;
  }
  const { session } = (req as unknown as Http2ServerRequest).stream;
  res.once('close', () => session?.close());
}
