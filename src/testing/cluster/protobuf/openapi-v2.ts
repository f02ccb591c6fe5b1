/** An OpenAPI v2 document as kubectl asks for it, before it validates what it sends. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Whether an Accept header asks for it: in either spelling, the older of which is not a media type at all. */
export function acceptsOpenApiV2Protobuf(accept: string | undefined): boolean {
  return /com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf/.test(accept ?? '');
}

/** Writes a value as a field of that number. */
type Encoder = (number: number, value: unknown) => Buffer;
/** Fields by their name in JSON. */
type Table = Readonly<Record<string, readonly [number: number, encoder: Encoder]>>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
};

const tag = (number: number, wireType: number): Buffer => varint(number * 8 + wireType);

const bytes = (number: number, value: Buffer): Buffer =>
  Buffer.concat([tag(number, LENGTH_DELIMITED), varint(value.length), value]);

const text: Encoder = (number, value) => bytes(number, Buffer.from(String(value)));
const flag: Encoder = (number, value) => Buffer.concat([tag(number, VARINT), varint(value === true ? 1 : 0)]);
const whole: Encoder = (number, value) => Buffer.concat([tag(number, VARINT), varint(Number(value))]);
const double: Encoder = (number, value) => {
  const encoded = Buffer.alloc(8);
  encoded.writeDoubleLE(Number(value));
  return Buffer.concat([tag(number, FIXED64), encoded]);
};
/** Any value, as YAML; JSON is. */
const any: Encoder = (number, value) => bytes(number, text(2, JSON.stringify(value)));

const many =
  (encoder: Encoder): Encoder =>
  (number, value) =>
    Buffer.concat((value as readonly unknown[]).map((item) => encoder(number, item)));

/** A message within a message. */
const within =
  (inner: number, encoder: Encoder): Encoder =>
  (number, value) =>
    bytes(number, encoder(inner, value));

/** The entries of a map, each a message of name and value. */
const entries =
  (encoder: Encoder): Encoder =>
  (number, value) =>
    Buffer.concat(
      Object.entries(value as object).map(([name, content]) =>
        bytes(number, Buffer.concat([text(1, name), encoder(2, content)])),
      ),
    );

/** A message. Its table is made when it is needed, since some contain themselves; fields it does not know are left out. */
const message =
  (table: () => Table, extensions: number): Encoder =>
  (number, value) => {
    const fields = Object.entries(value as object).map(([name, content]) => {
      const [field, encoder] = table()[name] ?? [];
      if (field !== undefined && encoder !== undefined) return encoder(field, content);
      return name.startsWith('x-') ? entries(any)(extensions, { [name]: content }) : Buffer.alloc(0);
    });
    return bytes(number, Buffer.concat(fields));
  };

const schema: Encoder = message(
  () => ({
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, any],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, flag],
    minimum: [9, double],
    exclusiveMinimum: [10, flag],
    maxLength: [11, whole],
    minLength: [12, whole],
    pattern: [13, text],
    maxItems: [14, whole],
    minItems: [15, whole],
    uniqueItems: [16, flag],
    maxProperties: [17, whole],
    minProperties: [18, whole],
    required: [19, many(text)],
    enum: [20, many(any)],
    additionalProperties: [
      21,
      (number, value) => (typeof value === 'boolean' ? within(2, flag) : within(1, schema))(number, value),
    ],
    type: [22, within(1, text)],
    items: [23, within(1, schema)],
    allOf: [24, many(schema)],
    properties: [25, within(1, entries(schema))],
    example: [30, any],
  }),
  31,
);

const BODY: Table = {
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
};
const NOT_BODY: Table = { required: [1, flag], in: [2, text], description: [3, text], name: [4, text] };

/** A parameter is wrapped as often as there are kinds of kinds of it. */
const parameter: Encoder = (number, value) => {
  const place = (value as { readonly in?: string }).in;
  if (place === 'body') {
    return within(
      1,
      within(
        1,
        message(() => BODY, 6),
      ),
    )(number, value);
  }
  const [kind, type, extensions] = place === 'path' ? [4, 5, 22] : [3, 6, 23];
  const own = message(() => ({ ...NOT_BODY, type: [type, text] }), extensions);
  return within(1, within(2, within(kind, own)))(number, value);
};

const response: Encoder = message(() => ({ description: [1, text], schema: [2, within(1, schema)] }), 5);

const operation: Encoder = message(
  () => ({
    tags: [1, many(text)],
    description: [3, text],
    operationId: [5, text],
    produces: [6, many(text)],
    consumes: [7, many(text)],
    parameters: [8, many(parameter)],
    responses: [9, within(1, entries(within(1, response)))],
    schemes: [10, many(text)],
  }),
  13,
);

const pathItem: Encoder = message(
  () => ({
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    patch: [8, operation],
    parameters: [9, many(parameter)],
  }),
  10,
);

const document: Table = {
  swagger: [1, text],
  info: [2, message(() => ({ title: [1, text], version: [2, text] }), 7)],
  paths: [8, within(2, entries(pathItem))],
  definitions: [9, within(1, entries(schema))],
};

/** What of a Swagger 2.0 document kubectl reads, as the message `openapi.v2.Document` of github.com/google/gnostic has it. */
export function encodeOpenApiV2(value: object): Buffer {
  return Buffer.concat(
    Object.entries(value).map(([name, content]) => {
      const [number, encoder] = document[name] ?? [];
      return number === undefined || encoder === undefined ? Buffer.alloc(0) : encoder(number, content);
    }),
  );
}
