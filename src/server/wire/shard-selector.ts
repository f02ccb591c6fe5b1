/**
 * Shard selectors of queries (KEP-5866, conformance 4.4): `shardRange(object.metadata.uid, '0x…', '0x…') || …`, parsed and evaluated.
 *
 * Upstream parses them with CEL. This parser knows the part of CEL that a valid selector needs: calls of `shardRange`, `||`, parentheses,
 * strings without escapes, white space and comments.
 * @module
 */
import { DEFAULT_LIMITS, requireSelectorSize, type SelectorLimits } from './limits.ts';
import { ShardSyntaxError, shardRangeCalls, type ShardRangeCall } from './shard-selector-parser.ts';
import { badRequest } from './status.ts';

/** A range of hashes: from the first one, to the one after the last. */
interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** A shard selector. An object is selected if the hash of the field is in one of the ranges. */
export interface ShardSelector {
  /** The field below `metadata` whose hash decides. */
  readonly field: 'uid' | 'namespace';
  /** The number of ranges that the client sent. */
  readonly requirements: number;
  /** In order, without overlaps, and with gaps between them. */
  readonly ranges: readonly Range[];
  /** Returns whether a hash is in one of the ranges. */
  matches(hash: bigint): boolean;
  /** The text that lists repeat in `metadata.shardInfo`: the ranges as the client sent them, in upstream's form. */
  toString(): string;
}

/**
 * Parses the query parameter `shardSelector`. Returns undefined for the empty text.
 * @throws ApiError 400 with upstream's text, to which upstream responds with 500
 */
export function parseShardSelector(text: string, limits: SelectorLimits = DEFAULT_LIMITS): ShardSelector | undefined {
  if (text === '') return undefined;
  requireSelectorSize('shardSelector', text, limits);
  const selector = parsed(text);
  if (selector.requirements <= limits.selectorRequirements) return selector;
  throw badRequest(`the shard selector has more than ${limits.selectorRequirements} requirements`);
}

function parsed(text: string): ShardSelector {
  try {
    return shardSelector(shardRangeCalls(text));
  } catch (error) {
    throw error instanceof ShardSyntaxError
      ? badRequest(`invalid shard selector: ${error.message}`, { cause: error })
      : error;
  }
}

function shardSelector(calls: readonly [ShardRangeCall, ...ShardRangeCall[]]): ShardSelector {
  const [{ field }, ...others] = calls;
  const other = others.find((call) => call.field !== field);
  if (other !== undefined) {
    throw new ShardSyntaxError(`all shard ranges must use the same field, got "${field}" and "${other.field}"`);
  }
  const ranges = joined(calls.map(({ from, to }) => ({ from: BigInt(from), to: BigInt(to) })));
  const text = calls.map(({ from, to }) => `shardRange(${field}, '${from}', '${to}')`).join(' || ');
  return {
    field: field === 'object.metadata.uid' ? 'uid' : 'namespace',
    requirements: calls.length,
    ranges,
    matches: (hash) => isWithin(ranges, hash),
    toString: () => text,
  };
}

/** Returns the union of ranges. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = result.at(-1);
    if (last === undefined || last.to < range.from) result.push(range);
    else if (last.to < range.to) result.splice(-1, 1, { from: last.from, to: range.to });
  }
  return result;
}

/** Finds the last range that begins at or below the hash, and returns whether it ends above the hash. */
function isWithin(ranges: readonly Range[], hash: bigint): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.from ?? 0n) <= hash) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low - 1];
  return found !== undefined && hash < found.to;
}
