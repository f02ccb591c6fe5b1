/**
 * Shards: conformance 4.4. The reference server honours them only with the feature gate `ShardedListAndWatch`. Its objects have other uids
 * than the rows of the kubefacet server, so ranges of uids are all or nothing here.
 */
import { type ComparedRequest, section, watches } from './compared-request.ts';

const ZERO = '0x0000000000000000';
const ONE = '0x0000000000000001';
const HALF = '0x8000000000000000';
const END = '0x10000000000000000';
/** FNV-1a of 64 bits of `cmp-a`. */
const HASH_OF_A = fnv1a64('cmp-a');
const UID = 'object.metadata.uid';
const NAMESPACE = 'object.metadata.namespace';

const range = (field: string, from: string, to: string): string => `shardRange(${field}, '${from}', '${to}')`;
const ALL = range(UID, ZERO, END);
const OF_A = range(NAMESPACE, hex(HASH_OF_A), hex(HASH_OF_A + 1n));
const NOT_OF_A = `${range(NAMESPACE, ZERO, hex(HASH_OF_A))} || ${range(NAMESPACE, hex(HASH_OF_A + 1n), END)}`;
const at = (path: string, selector: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}shardSelector=${encodeURIComponent(selector)}`;
const TABLE = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
const METADATA = { headers: { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } };

/** The name of the section of requests with shards. */
export const SHARDS_SECTION = '4.4';

export const SHARDS: readonly ComparedRequest[] = [
  ...section(SHARDS_SECTION, [
    ['all uids', at('flunders?labelSelector=app', ALL)],
    ['no uids', at('flunders?labelSelector=app', range(UID, ZERO, ONE))],
    ['a namespace', at('flunders?labelSelector=app', OF_A)],
    ['the other namespaces', at('flunders?labelSelector=app', NOT_OF_A)],
    ['a namespace, in it', at('namespaces/cmp-a/flunders', OF_A)],
    ['a namespace, in another', at('namespaces/cmp-b/flunders', OF_A)],
    ['a namespace, Exact', at('namespaces/cmp-a/flunders?resourceVersion={a.gone#2}&resourceVersionMatch=Exact', OF_A)],
    ['a namespace, RV 0', at('flunders?resourceVersion=0&labelSelector=app', OF_A)],
    ['a name', at('namespaces/cmp-a/flunders?fieldSelector=metadata.name%3Dalpha', OF_A)],
    ['a label', at('flunders?labelSelector=app%3Dweb', OF_A)],
    ['cluster scope', at('cmp-racks', range(NAMESPACE, ZERO, END))],
    ['cluster scope, the hash of no text', at('cmp-racks', range(NAMESPACE, hex(fnv1a64('')), hex(fnv1a64('') + 1n)))],
    ['a page', at('flunders?labelSelector=app&limit=2', OF_A)],
    ['a page, alone', at('namespaces/cmp-a/flunders?limit=2', OF_A)],
    ['the next page', at('namespaces/cmp-a/flunders?limit=2&continue={page}', OF_A)],
    ['a Table', at('namespaces/cmp-a/flunders', OF_A), TABLE],
    ['metadata', at('namespaces/cmp-a/flunders', OF_A), METADATA],
    ['white space and parentheses', at('namespaces/cmp-a/flunders', ` ( ${ALL})||\n${ALL} // both`)],
    ['an empty parameter', at('namespaces/cmp-a/flunders', '')],
    ['of one object', at('namespaces/cmp-a/flunders/alpha', 'x')],
    ['bad: white space', at('flunders', ' ')],
    ['bad: another function', at('flunders', 'foo(a)')],
    ['bad: no arguments', at('flunders', 'shardRange()')],
    ['bad: two arguments', at('flunders', `shardRange(${UID}, '${ZERO}')`)],
    ['bad: another field', at('flunders', range('object.metadata.name', ZERO, END))],
    ['bad: a short bound', at('flunders', range(UID, '0x0', END))],
    ['bad: no prefix', at('flunders', range(UID, ZERO, '8000000000000000'))],
    ['bad: only the prefix', at('flunders', range(UID, ZERO, '0x'))],
    ['bad: upper case', at('flunders', range(UID, ZERO, '0xFF00000000000000'))],
    ['bad: more than 2^64', at('flunders', range(UID, ZERO, '0x10000000000000001'))],
    ['bad: a long bound', at('flunders', range(UID, ZERO, `${ZERO}00`))],
    ['bad: backwards', at('flunders', range(UID, HALF, ZERO))],
    ['bad: nothing between', at('flunders', range(UID, END, END))],
    ['bad: two fields', at('flunders', `${ALL} || ${OF_A}`)],
    ['bad: with another error', at('flunders?resourceVersionMatch=Exact', 'x')],
    ['bad, for CEL: a name', at('flunders', 'x')],
    ['bad, for CEL: and', at('flunders', `${ALL} && ${ALL}`)],
    ['bad, for CEL: the end', at('flunders', `${ALL} ||`)],
    ['bad, for CEL: a bracket', at('flunders', `(${ALL}`)],
    ['bad, for CEL: numbers', at('flunders', `shardRange(${UID}, 0, 8)`)],
    ['CEL: a method', at('namespaces/cmp-a/flunders', `object.${ALL}`)],
    ['CEL: a raw text', at('namespaces/cmp-a/flunders', ALL.replace(`'${ZERO}'`, `r'${ZERO}'`))],
  ]),
  ...watches(SHARDS_SECTION, [
    ['watch of a namespace', at('flunders?watch=1&labelSelector=app', OF_A)],
    ['watch of no uids', at('namespaces/cmp-a/flunders?watch=1', range(UID, ZERO, ONE))],
    ['watch from a version', at('namespaces/cmp-a/flunders?watch=1&resourceVersion={a.gone#2}', OF_A)],
    ['watch from a version, of others', at('namespaces/cmp-a/flunders?watch=1&resourceVersion={a.gone#2}', NOT_OF_A)],
    ['watch with a bad selector', at('flunders?watch=1', 'foo(a)')],
  ]),
];

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

function fnv1a64(text: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) % 2n ** 64n;
  return hash;
}
