/**
 * The bodies and the redirects of responses. Like a client in Go, it also handles compressed bodies that it did not request.
 * @module
 */
import { pipeline, type Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { DecodeError, RedirectError } from './errors.ts';

/** The body of a response. `text` and `json` read it to its end. */
export type ResponseBody = Readable & { text(): Promise<string>; json(): Promise<unknown> };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The redirects that repeat the request as it was. */
const SAME_METHOD: ReadonlySet<number> = new Set([307, 308]);
/** The redirects that repeat a GET. */
const ONLY_GET: ReadonlySet<number> = new Set([301, 302, 303]);

/**
 * Returns the decompressed body. Some proxies compress responses although the request does not accept that. If the reader destroys the
 * result, the body is destroyed, too.
 * @throws DecodeError for an encoding other than gzip, deflate and br
 */
export function decompressed(body: ResponseBody, headers: Headers): ResponseBody {
  const encodings = textOf(headers['content-encoding'])
    .split(',')
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '' && encoding !== 'identity');
  if (encodings.length === 0) return body;
  let stream: Readable = body;
  for (const encoding of encodings.toReversed()) {
    const decoder = decoderOf(encoding);
    if (decoder === undefined) {
      body.destroy();
      throw new DecodeError(
        `the response has the content encoding ${JSON.stringify(encoding)}, which is not supported`,
      );
    }
    // The reader of the result receives the errors of the body.
    stream = pipeline(stream, decoder, () => undefined);
  }
  const result = stream;
  // Without this listener, an error while nothing reads the body would end the process.
  result.on('error', () => undefined);
  return Object.assign(result, { text: () => text(result), json: () => json(result) });
}

/** Reads a body; returns undefined, and destroys the body, if it is larger than `limit`. */
export async function readBody(body: Readable, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limit) {
      body.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/**
 * Returns the URL to which a redirect leads; undefined if the response is not a redirect that can be followed for this method.
 * @throws RedirectError if it leads to another host. The credentials are for this host only
 */
export function redirectTarget(from: URL, method: string, status: number, headers: Headers): URL | undefined {
  const location = textOf(headers['location']);
  if (location === '' || !(SAME_METHOD.has(status) || (ONLY_GET.has(status) && method === 'GET'))) return undefined;
  const to = URL.parse(location, from.href);
  if (to === null || to.origin !== from.origin) throw new RedirectError(from.origin, status, to?.origin);
  return to;
}

/** Each chunk is decoded when it arrives, so that the events of a watch do not wait for the next ones. */
function decoderOf(encoding: string): ReturnType<typeof createGunzip> | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip({ flush: constants.Z_SYNC_FLUSH });
  if (encoding === 'deflate') return createInflate({ flush: constants.Z_SYNC_FLUSH });
  if (encoding === 'br') return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
  return undefined;
}

function textOf(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? '';
}
