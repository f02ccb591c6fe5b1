/**
 * The limits of a request: the sizes and counts above which the server refuses it before it does the work.
 * @module
 */
import { badRequest } from './status.ts';

/** The limits of requests. All sizes are in bytes, and all times in milliseconds. */
export interface Limits {
  /** The maximum size of the path and the query together. A longer one is refused with 431. @default 65536 */
  readonly urlBytes: number;
  /** The maximum number of headers. More are refused with 431. @default 4000 */
  readonly headers: number;
  /** The maximum size of a header that the server parses, such as `Accept`. A longer one is refused with 431. @default 8192 */
  readonly parsedHeaderBytes: number;
  /** The maximum size of a label selector, a field selector or a shard selector. A longer one is refused with 400. @default 32768 */
  readonly selectorBytes: number;
  /** The maximum number of requirements of a selector. More are refused with 400. @default 1000 */
  readonly selectorRequirements: number;
  /** The maximum size of a body. A longer one is refused with 413. @default 3145728 */
  readonly bodyBytes: number;
  /** The maximum depth of a body. A deeper one is refused with 400. YAML is limited to 250 levels. @default 1000 */
  readonly bodyDepth: number;
  /**
   * The maximum number of values in a body, with arrays and objects. More are refused with 413. The members of an object and the items of
   * an array beyond the first 1,000 count three times, because they cost more. `metadata.managedFields` may have as many again, and a JSON
   * patch seven more for each operation. A value costs up to 10 µs: schema, defaults and field managers. @default 70000
   */
  readonly bodyValues: number;
  /** The maximum size of a body that is YAML and not JSON. A longer one is refused with 413. @default 262144 */
  readonly yamlBytes: number;
  /** The maximum number of tokens of a YAML body: keys, values, blanks and line ends. More are refused with 413. @default 100000 */
  readonly yamlTokens: number;
  /** The maximum number of operations of a JSON patch. More are refused with 413. @default 10000 */
  readonly patchOperations: number;
  /**
   * The maximum number of steps of a JSON patch. An item of an array that an operation moves is one step, and a segment of a path is 50.
   * More are refused with 413. @default 20000000
   */
  readonly patchSteps: number;
  /** The maximum number of reads in progress. More are refused with 429. One user can have a quarter of them. @default 400 */
  readonly reads: number;
  /** The maximum number of writes in progress. More are refused with 429. One user can have a quarter of them. @default 200 */
  readonly writes: number;
  /** The maximum number of streams of an HTTP/2 connection, which is that of its watches. @default 4000 */
  readonly streams: number;
  /**
   * The maximum number of requirements of the selectors of all open watches. Watches with equal selectors count once, and each different
   * one counts one more. A watch beyond it is refused with 429. @default 20000
   */
  readonly watchRequirements: number;
  /**
   * The maximum number of connections that have not sent an authenticated request. For one more, the oldest of them is closed.
   * @default 1000
   */
  readonly newConnections: number;
  /**
   * The time from a TCP connection to the headers of its first authenticated request, in milliseconds. It includes the TLS handshake. Then
   * the connection is closed. Other connections may be idle for 120 s. 2^31 or more disables the timeout. @default 30000
   */
  readonly authenticationTimeout: number;
  /**
   * The maximum share of the memory that is in use after a major garbage collection, in percent. Above it, new lists and watches are refused
   * with 429. 100 or more disables the check. @default 85
   */
  readonly memoryPercent: number;
}

/** The default limits. */
export const DEFAULT_LIMITS: Limits = {
  urlBytes: 65_536,
  headers: 4000,
  parsedHeaderBytes: 8192,
  selectorBytes: 32_768,
  selectorRequirements: 1000,
  bodyBytes: 3_145_728,
  bodyDepth: 1000,
  bodyValues: 70_000,
  yamlBytes: 262_144,
  yamlTokens: 100_000,
  patchOperations: 10_000,
  patchSteps: 20_000_000,
  reads: 400,
  writes: 200,
  streams: 4000,
  watchRequirements: 20_000,
  newConnections: 1000,
  authenticationTimeout: 30_000,
  memoryPercent: 85,
};

/** The limits of selectors. */
export type SelectorLimits = Pick<Limits, 'selectorBytes' | 'selectorRequirements'>;

/** @throws ApiError 400 for a selector that is too long to be parsed */
export function requireSelectorSize(
  parameter: 'labelSelector' | 'fieldSelector' | 'shardSelector',
  text: string,
  { selectorBytes }: SelectorLimits,
): void {
  if (text.length > selectorBytes) throw badRequest(`${parameter} is longer than ${selectorBytes} bytes`);
}
