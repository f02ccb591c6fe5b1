/**
 * The limits of a request: the sizes and counts above which the server refuses it before it does the work.
 * @module
 */
import { badRequest } from './status.ts';

/** The limits of requests. All sizes are in bytes. */
export interface Limits {
  /** The maximum size of the path and the query together. A longer one is refused with 431. @default 65536 */
  readonly urlBytes: number;
  /** The maximum number of headers. More are refused with 431. @default 4000 */
  readonly headers: number;
  /** The maximum size of a header that the server parses, such as `Accept`. A longer one is refused with 431. @default 8192 */
  readonly parsedHeaderBytes: number;
  /** The maximum size of a label selector or a field selector. A longer one is refused with 400. @default 32768 */
  readonly selectorBytes: number;
  /** The maximum number of requirements of a selector. More are refused with 400. @default 1000 */
  readonly selectorRequirements: number;
}

/** The default limits. */
export const DEFAULT_LIMITS: Limits = {
  urlBytes: 65_536,
  headers: 4000,
  parsedHeaderBytes: 8192,
  selectorBytes: 32_768,
  selectorRequirements: 1000,
};

/** The limits of selectors. */
export type SelectorLimits = Pick<Limits, 'selectorBytes' | 'selectorRequirements'>;

/** @throws ApiError 400 for a selector that is too long to be parsed */
export function requireSelectorSize(
  parameter: 'labelSelector' | 'fieldSelector',
  text: string,
  { selectorBytes }: SelectorLimits,
): void {
  if (text.length > selectorBytes) throw badRequest(`${parameter} is longer than ${selectorBytes} bytes`);
}
