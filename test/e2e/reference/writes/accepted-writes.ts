/** The accepted differences in writes; see ../accepted.ts. */
import { type AcceptedDifference, LIST_HEADERS } from '../accepted.ts';

/** Messages of Go's decoders, and the text around them. */
const DECODER =
  /^"(the object provided is unrecognized|couldn't get version\/kind|json: |error (strict )?decoding|invalid operation|Invalid JSON Patch|no kind |invalid object type|.* cannot be handled as a .*: (json|parsing time|strict decoding error: yaml))/;

const BODIES: readonly AcceptedDifference[] = [
  { requests: /./, at: /^body\.message$/, theirs: DECODER, row: 'message for a body that cannot be decoded' },
  {
    requests: /./,
    at: /^body\.message$/,
    theirs: /accepted( media types include)?: .*application\/vnd\.kubernetes\.protobuf/,
    row: 'protobuf',
  },
  { requests: /^6\.1 .*YAML with a key twice$/, at: /./, statuses: [201, 400], row: 'YAML of a body' },
  { requests: /^6\.4 apply a field twice$/, at: /./, statuses: [201, 400], row: 'YAML of a body' },
  {
    requests: /YAML with a key twice after$|a field twice after$/,
    at: /./,
    statuses: [200, 404],
    row: 'YAML of a body',
  },
  { requests: /two documents of YAML$/, at: /./, statuses: [201, 400], row: 'YAML of a body' },
  { requests: /two documents of YAML after$/, at: /./, statuses: [200, 404], row: 'YAML of a body' },
  { requests: /YAML with words/, at: /^body\.spec\.open\.[abcfg]$/, row: 'YAML of a body' },
  { requests: /^6\.4 apply YAML$/, at: /./, statuses: [500, 201], row: 'YAML of a body' },
  { requests: /^6\.4 apply YAML after$/, at: /./, statuses: [404, 200], row: 'YAML of a body' },
  { requests: /a fraction of nothing$/, at: /./, statuses: [422, 201], row: '`2.0` where an integer is expected' },
  {
    requests: /a fraction of nothing after$/,
    at: /./,
    statuses: [404, 200],
    row: '`2.0` where an integer is expected',
  },
  {
    requests: /a big number$|^6\.1 integer -?9\d+ in (a create|an apply|YAML)$/,
    at: /./,
    statuses: [201, 400],
    row: 'integer above 2^53',
  },
  {
    requests: /a big number after$|^6\.1 integer -?9\d+ in (a create|an apply|YAML) after$/,
    at: /./,
    statuses: [200, 404],
    row: 'integer above 2^53',
  },
  {
    requests: /^6\.1 integer 9007199254740993 in a (merge|JSON) patch$/,
    at: /./,
    statuses: [200, 400],
    row: 'integer above 2^53',
  },
  {
    requests: /^6\.1 integer 9007199254740993 in a (merge|JSON) patch after$/,
    at: /^body\./,
    row: 'integer above 2^53',
  },
  {
    requests: /^6\.1 integer 9007199254740993 in a test of a JSON patch 2$/,
    at: /./,
    statuses: [422, 400],
    row: 'integer above 2^53',
  },
  { requests: /body of a patch in upper case$/, at: /./, statuses: [415, 200], row: 'media type in upper case' },
  { requests: /body of a patch in upper case after$/, at: /^body\./, row: 'media type in upper case' },
];

/** Bodies and objects above a limit of this server. */
const SIZES: readonly AcceptedDifference[] = [
  { requests: /^6\.1 size .* of 2 MiB$/, at: /./, statuses: [500, 413], row: 'object that is too large for the store' },
  {
    requests: /^6\.1 size 25,000 items( after)?$/,
    at: /./,
    row: 'a body of more than 70,000 values (24,000 keys of one object), or 256 KiB of YAML that is not JSON',
  },
];

const METADATA: readonly AcceptedDifference[] = [
  { requests: /^6\.2 a version$/, at: /./, statuses: [500, 400], row: '`resourceVersion` of a new object' },
  { requests: /^6\.2 a version that is none/, at: /./, row: '`resourceVersion` of a new object' },
  {
    requests: /^6\.[34] .*version that is none$|^6\.3 at a negative version$/,
    at: /./,
    statuses: [500, 400],
    row: 'bad `resourceVersion` of a write',
  },
  {
    requests: /^6\.3 at a version with zeroes$/,
    at: /./,
    statuses: [200, 409],
    row: 'bad `resourceVersion` of a write',
  },
  { requests: /^6\.3 at a version with zeroes after$/, at: /^body\./, row: 'bad `resourceVersion` of a write' },
  {
    requests: /another uid/,
    at: /^body\.message$/,
    theirs: /StorageError: invalid object/,
    row: 'message for another uid',
  },
  {
    requests: /another (version( of it)?|apiVersion)$|an object over a text$/,
    at: /^header\.warning$/,
    theirs: /^299 - "unknown field/,
    row: 'warnings of a refused write',
  },
];

const PATCHES: readonly AcceptedDifference[] = [
  {
    requests:
      /^6\.(1 fields of a patch .*, Strict|4 (merge|JSON patch) .*|3 scale merge a text|1 integer .* in a scale)$/,
    at: /^body\.(message|details\.(name|group|kind)|details\.causes\.0\.message)$/,
    theirs: /^(|" \\"\\" is invalid: patch: .*|"Invalid value: .*)$/s,
    ours: /^"(.* is invalid: patch: .*|Invalid value: .*|w\d+|writes\.test\.example\.org|Flunder)"$/s,
    row: 'object in the message about an invalid patch',
  },
  {
    requests: /^6\.1 .*twice in a value of a JSON patch$/,
    at: /^header\.warning$/,
    row: 'duplicate field in a value of a JSON patch',
  },
  {
    requests: /^6\.4 merge null inside of a list/,
    at: /^body\.spec\.open\.a\.1/,
    row: 'null in a list of a merge patch',
  },
  {
    requests: /^6\.4 JSON patch (remove )?at (a negative index|an index with a zero)$/,
    at: /./,
    statuses: [200, 422],
    row: 'index of a JSON patch',
  },
  {
    requests: /^6\.4 JSON patch (remove )?at (a negative index|an index with a zero) after$/,
    at: /^body\./,
    row: 'index of a JSON patch',
  },
  {
    requests: /^6\.4 apply .*(then an empty one|then empty|an emptied map with defaults) 2$/,
    at: /./,
    statuses: [422, 200],
    row: 'map or list that an apply emptied',
  },
  {
    requests: /^6\.4 apply .*(then an empty one|then empty|an emptied map with defaults)( 3)?( after)?$/,
    at: /^body\./,
    row: 'map or list that an apply emptied',
  },
  {
    requests: /^6\.4 apply .*null for the (labels|finalizers)( after)?$/,
    at: /^body\.metadata\.(managedFields|resourceVersion)/,
    row: 'null in the metadata of an apply',
  },
  {
    requests: /^6\.4 apply/,
    at: /./,
    statuses: [500, 400],
    row: 'configuration that does not fit the schema',
  },
  { requests: /^6\.4 apply/, at: /./, statuses: [500, 422], row: 'configuration that does not fit the schema' },
];

const SUBRESOURCES: readonly AcceptedDifference[] = [
  { requests: /^6\.3 (status|scale) a (delete|create)$/, at: /./, row: 'method that a path does not support' },
  {
    requests: /^6\.3 status a bad spec beside it/,
    at: /^body\.metadata\.managedFields/,
    row: 'managers after a status update with an invalid spec',
  },
  {
    requests: /scale( .*)? after$/,
    at: /^body\.metadata\.(managedFields|resourceVersion)/,
    row: 'managers of a scale',
  },
  { requests: /^6\.3 scale the same$/, at: /^body\.metadata\.resourceVersion$/, row: 'managers of a scale' },
  { requests: /^6\.3 scale as (a Table|metadata)$/, at: /^body\./, row: 'other forms of a scale' },
  { requests: /^6\.3 scale apply$/, at: /./, statuses: [409, 415], row: 'apply to a scale' },
  { requests: /^6\.3 scale strategic$/, at: /^body\.message$/, row: 'apply to a scale' },
];

const DELETES: readonly AcceptedDifference[] = [
  {
    requests: /^6\.5 an option that breaks clusters/,
    at: /./,
    row: '`ignoreStoreReadErrorWithClusterBreakingPotential`',
  },
  { requests: /^6\.[56]/, at: /metadata\.continue$/, theirs: /^""$/, ours: /^$/, row: 'end of a list' },
  { requests: /^6\.6/, at: /metadata\.continue$/, theirs: /^"\//, row: 'continue token' },
  {
    requests: /^6\.6 of all namespaces$/,
    at: /./,
    statuses: [404, 405],
    row: 'method that a path does not support',
  },
];

const PATHS: readonly AcceptedDifference[] = [
  {
    requests: /^8 (POST of (one|all namespaces)|(PUT|PATCH) of a collection)$/,
    at: /./,
    row: 'method that a path does not support',
  },
  {
    requests:
      /^8 ((PUT|DELETE) without a namespace|POST of an unknown resource|cluster scope (in a namespace|a write to one))/,
    at: /./,
    row: 'unknown resource of a served version',
  },
  {
    requests: /^8 .*of an unknown subresource$|^8 PUT below a subresource|its path [23]$|scale of one without$/,
    at: /./,
    row: 'path below an object',
  },
  { requests: /^8 POST in an unknown namespace$/, at: /./, statuses: [404, 201], row: 'namespace that does not exist' },
  { requests: /^8 PUT with a percent sign$/, at: /^body\.message$/, row: 'invalid name in a path' },
  {
    requests: /^3 form of a create as metadata of a list$/,
    at: /./,
    statuses: [500, 406],
    row: '`PartialObjectMetadataList` of an object or a watch',
  },
  {
    requests: /^3 form of a create as (metadata of a list|a Table that is bad) after$/,
    at: /./,
    statuses: [200, 404],
    row: 'write with a form of response that is not available',
  },
  { requests: /./, at: /columnDefinitions\.\d\.description$/, row: 'descriptions of the columns Name and Age' },
];

export const ACCEPTED_WRITES: readonly AcceptedDifference[] = [
  ...LIST_HEADERS,
  ...BODIES,
  ...SIZES,
  ...METADATA,
  ...PATCHES,
  ...SUBRESOURCES,
  ...DELETES,
  ...PATHS,
];
