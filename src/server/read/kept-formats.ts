/**
 * The forms of responses by their Accept header. Clients send the same few headers again and again, so each is parsed once.
 * @module
 */
import { LRUCache } from 'lru-cache';
import { type AcceptInput, type Endpoint, isInteractive, negotiate, type ResponseFormat } from '../wire/negotiation.ts';

/** The maximum number of headers that are kept for each kind of endpoint. */
const MAX_HEADERS = 500;
/** The maximum length of a header that is kept. */
const MAX_HEADER = 500;

type KeptEndpoint = Endpoint & ('object' | 'list' | 'watch');

const newCache = (): LRUCache<string, ResponseFormat> => new LRUCache({ max: MAX_HEADERS });
const formats: Readonly<Record<KeptEndpoint, LRUCache<string, ResponseFormat>>> = {
  object: newCache(),
  list: newCache(),
  watch: newCache(),
};

/**
 * Decides the form of a response like {@link negotiate}. Without `?pretty` and an interactive client, only the header decides.
 * @throws ApiError 406
 */
export function formatFor(input: AcceptInput, endpoint: KeptEndpoint): ResponseFormat {
  const { accept = '', userAgent = '', query } = input;
  const isKept = accept.length <= MAX_HEADER && query?.has('pretty') !== true && !isInteractive(userAgent);
  const known = isKept ? formats[endpoint].get(accept) : undefined;
  if (known !== undefined) return known;
  const format = negotiate(input, endpoint);
  if (isKept) formats[endpoint].set(accept, Object.freeze(format));
  return format;
}
