/**
 * The accepted differences from the reference server. Each has a row in docs/differences.md. Entries that no longer occur are reported,
 * and must be removed here and there.
 */
export interface AcceptedDifference {
  /** Matches the names of requests: section and title. */
  readonly requests: RegExp;
  /** Matches the place of the difference: `status`, `header.vary`, `body.message`. */
  readonly at: RegExp;
  /** The statuses of both servers. Other pairs of statuses are not accepted. */
  readonly statuses?: readonly [theirs: number, ours: number] | undefined;
  /** Matches the value of the reference server. Any value by default. */
  readonly theirs?: RegExp | undefined;
  readonly ours?: RegExp | undefined;
  /** The first cell of the row in docs/differences.md that gives the reason. */
  readonly row: string;
}

/** The first cell of the row on headers. */
const LONG_HEADER = 'headers that are parsed (`Accept`, `Content-Type`, …), of more than 8 KiB';

/** The first cell of the row on versions that upstream has not reached. */
const FUTURE = 'list of an exact version, continue token or watch at a version that the source has not reached either';

/** The headers of lists, in reads and after writes. */
export const LIST_HEADERS: readonly AcceptedDifference[] = [
  { requests: /./, at: /^header\.etag$/, theirs: /^$/, ours: /^W\/"[0-9a-f-]{36}"$/, row: '`ETag` of lists' },
  {
    requests: /./,
    at: /^header\.vary$/,
    theirs: /^(Accept-Encoding)?$/,
    ours: /^Accept, Accept-Encoding$/,
    row: '`ETag` of lists',
  },
];

export const ACCEPTED: readonly AcceptedDifference[] = [
  ...LIST_HEADERS,
  { requests: /./, at: /metadata\.continue$/, theirs: /^""$/, ours: /^$/, row: 'end of a list' },
  { requests: /./, at: /metadata\.continue\.start$/, row: 'continue token' },
  {
    requests: /^1\.3 (continue: (no|broken)|text a continue token)/,
    at: /^body\.message$/,
    row: 'message for a continue token that cannot be read',
  },
  {
    requests: /^1\.3 too old continue/,
    at: /^body\.message$/,
    ours: /^"The provided continue parameter is too old to display a consistent list result\./,
    row: 'message for a continue token that is too old',
  },
  {
    requests: /^((1\.5|2\.6) RV abc|1\.3 watch text RV with a plus)$/,
    at: /./,
    statuses: [500, 400],
    row: 'bad `resourceVersion` on get and watch',
  },
  {
    requests: /too old|^1\.3 watch text RV with zeroes$/,
    at: /^event\.0\.object\.message$/,
    ours: /^"too old resource version: (\{ancient\}|7) \(/,
    row: 'oldest version in the message of a 410',
  },
  {
    requests: /^2\.9 watch path of one without its namespace$/,
    at: /./,
    statuses: [200, 404],
    row: '`/watch/` path of one object without its namespace',
  },
  { requests: /^2\.9 watch path alone/, at: /./, statuses: [500, 400], row: '`/watch` with nothing after it' },
  {
    requests: /^4\.3 size (1001|more than 32 KiB)/,
    at: /./,
    ours: /^(400|"v1"|"Status"|"Failure"|"BadRequest"|\{\}|"the (label|field) selector has more than 1000 requirements"|"labelSelector is longer than 32768 bytes"|)$/,
    row: 'selectors of more than 32 KiB or 1,000 requirements',
  },
  { requests: /^3\.1 text more than 8 KiB$/, at: /./, statuses: [200, 431], row: LONG_HEADER },
  {
    requests: /^1\.3 text RV of 2\^64 - 1$/,
    at: /./,
    statuses: [504, 200],
    row: '`resourceVersion` of 2^63 or more, as the minimum version of a list',
  },
  { requests: /^1\.3 text a label selector with a NUL$/, at: /./, statuses: [200, 400], row: 'NUL in a selector' },
  { requests: /^1\.3 text a label selector that is no UTF-8$/, at: /^body\.message$/, row: 'text that is not UTF-8' },
  { requests: /^8 text a path that is no UTF-8$/, at: /./, statuses: [404, 400], row: 'text that is not UTF-8' },
  { requests: /^3\.1 JSON in upper case$/, at: /./, statuses: [406, 200], row: 'media type in upper case' },
  { requests: /^3\.1 refused JSON, any$/, at: /./, row: 'media type with `q=0`' },
  { requests: /^3\.1 protobuf alone$/, at: /./, row: 'protobuf' },
  { requests: /^3\.4 client-go$/, at: /./, row: 'protobuf' },
  {
    requests: /./,
    at: /^body\.message$/,
    theirs: /^"only the following media types are accepted: .*protobuf/,
    ours: /^"only the following media types are accepted: /,
    row: 'protobuf',
  },
  { requests: /^3\.1 watch YAML, then JSON$/, at: /./, statuses: [406, 200], row: 'watch as YAML, or else JSON' },
  { requests: /^5\.2 nothing acceptable$/, at: /^body\.(message|details)$/, row: '406 of a discovery document' },
  { requests: /^3\.4 singular of a list/, at: /^body\.message$/, row: 'names of Go types in messages' },
  {
    requests: /^3\.4 empty list$/,
    at: /^body\.items$/,
    theirs: /^null$/,
    ours: /^\[\]$/,
    row: 'empty list of `PartialObjectMetadata`',
  },
  {
    requests: /^3\.4 (plural of one|watch plural)$/,
    at: /./,
    row: '`PartialObjectMetadataList` of an object or a watch',
  },
  { requests: /./, at: /columnDefinitions\.\d\.description$/, row: 'descriptions of the columns Name and Age' },
  { requests: /./, at: /(columnDefinitions|cells)\.2(\.|$)/, theirs: /^$/, row: 'Age column' },
  {
    requests:
      /^8 (unknown resource|a name without|cluster scope in|a namespace|namespaces$|status of a|proxy|resource in upper)/,
    at: /./,
    row: 'unknown resource of a served version',
  },
  {
    requests:
      /^8 (any other path|core group|text (two slashes (at|alone|after groups)|three|an encoded)|two slashes at the start)|^9\.1 (readyz with a slash|unknown check)$/,
    at: /./,
    row: 'any other path',
  },
  {
    requests: /^8 (unknown subresource|extra segments|name with a slash|two slashes before the (resource|name))$/,
    at: /./,
    row: 'path below an object',
  },
  {
    requests: /^1\.2 future (RV Exact|RV, limit|token)$/,
    at: /./,
    statuses: [504, 410],
    row: FUTURE,
  },
  { requests: /^2\.1 future RV$/, at: /^event/, theirs: /^(\[\]|)$/, row: FUTURE },
  { requests: /^8 HEAD of/, at: /./, statuses: [200, 405], row: 'HEAD' },
  { requests: /^8 (OPTIONS|an unknown method|POST|PUT|PATCH) of/, at: /./, row: 'other methods on a resource' },
  {
    requests: /^5\.1 POST of a|^9\.1 POST$/,
    at: /./,
    statuses: [200, 405],
    row: 'other methods on discovery and health',
  },
  { requests: /^5\.1 POST of groups$/, at: /^header\.allow$/, row: '`Allow`' },
  { requests: /^5\.1 groups$/, at: /^header\.vary$/, row: '`Vary: Accept` of `/apis`' },
  { requests: /^5\.1 groups$/, at: /^body\.apiVersion$/, theirs: /^$/, row: '`apiVersion` of the list of groups' },
  { requests: /^8 text two slashes after the version$/, at: /./, row: 'two slashes at the end, of discovery' },
  { requests: /^5\.1 groups with a slash$/, at: /./, statuses: [404, 200], row: '`/apis/`' },
  { requests: /^5\.[12]/, at: /^body\.(groups|items|resources)\./, row: 'content of discovery' },
  { requests: /^8 the root$/, at: /^body\.paths\./, row: 'paths at `/`' },
  {
    requests: /^9\.1 ping$/,
    at: /^header\.x-content-type-options$/,
    row: '`X-Content-Type-Options` of one health check',
  },
  {
    requests: /^4\.4 bad, for CEL/,
    at: /^body\.message$/,
    theirs: /^"invalid shard selector: /,
    ours: /^"invalid shard selector: /,
    row: 'message for a `shardSelector` that is no list of calls',
  },
  {
    requests: /^4\.4 (bad|watch with a bad)/,
    at: /^(status|body\.(code|reason))$/,
    statuses: [500, 400],
    row: 'bad `shardSelector`',
  },
  {
    requests: /^4\.4 CEL/,
    at: /./,
    statuses: [200, 400],
    row: '`shardSelector` in other syntax of CEL: strings with escapes or prefixes, `object.shardRange(…)`',
  },
  {
    requests: /^4\.4 /,
    at: /^body\.metadata\.shardInfo\./,
    theirs: /^$/,
    row: '`metadata.shardInfo` of Tables, of `PartialObjectMetadataList`, and of lists of custom resources',
  },
  {
    requests: /^4\.4 (a|the next) page/,
    at: /^body\.metadata\.remainingItemCount$/,
    ours: /^$/,
    row: '`remainingItemCount` of a page of a shard',
  },
  { requests: /^9\.2 version$/, at: /^body\./, row: '`/version`' },
];
