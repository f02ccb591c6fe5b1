/**
 * Encodes OpenAPI v2 documents as protobuf. kubectl requests this form before it validates an object. The messages are the part of
 * `openapi.v2.Document` of github.com/google/gnostic that kubectl reads; fields outside it are left out.
 * @module
 */
import protobuf from 'protobufjs';

/** The media type of an OpenAPI v2 document as protobuf. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Returns true if an Accept header requests protobuf, in the current spelling or in the older one with `@`. */
export function acceptsOpenApiV2Protobuf(accept: string | undefined): boolean {
  return /com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf/.test(accept ?? '');
}

const SOURCE = `
syntax = "proto2";

message Document {
  optional string swagger = 1;
  optional Info info = 2;
  optional Paths paths = 8;
  optional Definitions definitions = 9;
}
message Info {
  optional string title = 1;
  optional string version = 2;
  repeated NamedAny vendorExtension = 7;
}
message Any { optional string yaml = 2; }
message NamedAny {
  optional string name = 1;
  optional Any value = 2;
}

message Paths { repeated NamedPathItem path = 2; }
message NamedPathItem {
  optional string name = 1;
  optional PathItem value = 2;
}
message PathItem {
  optional Operation get = 2;
  optional Operation put = 3;
  optional Operation post = 4;
  optional Operation delete = 5;
  optional Operation patch = 8;
  repeated ParametersItem parameters = 9;
  repeated NamedAny vendorExtension = 10;
}
message Operation {
  repeated string tags = 1;
  optional string description = 3;
  optional string operationId = 5;
  repeated string produces = 6;
  repeated string consumes = 7;
  repeated ParametersItem parameters = 8;
  optional Responses responses = 9;
  repeated string schemes = 10;
  repeated NamedAny vendorExtension = 13;
}

message ParametersItem { optional Parameter parameter = 1; }
message Parameter {
  optional BodyParameter bodyParameter = 1;
  optional NonBodyParameter nonBodyParameter = 2;
}
message BodyParameter {
  optional string description = 1;
  optional string name = 2;
  optional string in = 3;
  optional bool required = 4;
  optional Schema schema = 5;
  repeated NamedAny vendorExtension = 6;
}
message NonBodyParameter {
  optional QueryParameter queryParameterSubSchema = 3;
  optional PathParameter pathParameterSubSchema = 4;
}
message QueryParameter {
  optional bool required = 1;
  optional string in = 2;
  optional string description = 3;
  optional string name = 4;
  optional string type = 6;
  repeated NamedAny vendorExtension = 23;
}
message PathParameter {
  optional bool required = 1;
  optional string in = 2;
  optional string description = 3;
  optional string name = 4;
  optional string type = 5;
  repeated NamedAny vendorExtension = 22;
}

message Responses { repeated NamedResponseValue responseCode = 1; }
message NamedResponseValue {
  optional string name = 1;
  optional ResponseValue value = 2;
}
message ResponseValue { optional Response response = 1; }
message Response {
  optional string description = 1;
  optional SchemaItem schema = 2;
  repeated NamedAny vendorExtension = 5;
}
message SchemaItem { optional Schema schema = 1; }

message Definitions { repeated NamedSchema additionalProperties = 1; }
message Properties { repeated NamedSchema additionalProperties = 1; }
message NamedSchema {
  optional string name = 1;
  optional Schema value = 2;
}
message Schema {
  optional string _ref = 1;
  optional string format = 2;
  optional string title = 3;
  optional string description = 4;
  optional Any default = 5;
  optional double multipleOf = 6;
  optional double maximum = 7;
  optional bool exclusiveMaximum = 8;
  optional double minimum = 9;
  optional bool exclusiveMinimum = 10;
  optional int64 maxLength = 11;
  optional int64 minLength = 12;
  optional string pattern = 13;
  optional int64 maxItems = 14;
  optional int64 minItems = 15;
  optional bool uniqueItems = 16;
  optional int64 maxProperties = 17;
  optional int64 minProperties = 18;
  repeated string required = 19;
  repeated Any enum = 20;
  optional AdditionalPropertiesItem additionalProperties = 21;
  optional TypeItem type = 22;
  optional ItemsItem items = 23;
  repeated Schema allOf = 24;
  optional Properties properties = 25;
  optional Any example = 30;
  repeated NamedAny vendorExtension = 31;
}
message AdditionalPropertiesItem {
  optional Schema schema = 1;
  optional bool boolean = 2;
}
message TypeItem { repeated string value = 1; }
message ItemsItem { repeated Schema schema = 1; }
`;

const documentType = protobuf.parse(SOURCE, { keepCase: true }).root.lookupType('Document');

type Fields = Readonly<Record<string, unknown>>;

const named = (value: unknown): readonly Fields[] =>
  Object.entries(value as Fields).map(([name, content]) => ({ name, value: content }));

/** The fields of the messages whose form differs from their JSON, by the name of the message. */
const FIELDS_OF: Readonly<Record<string, (json: unknown) => Fields>> = {
  Any: (json) => ({ yaml: JSON.stringify(json) }),
  Paths: (json) => ({ path: named(json) }),
  Responses: (json) => ({ responseCode: named(json) }),
  Definitions: (json) => ({ additionalProperties: named(json) }),
  Properties: (json) => ({ additionalProperties: named(json) }),
  ParametersItem: (json) => ({ parameter: json }),
  Parameter: (json) => ((json as Fields)['in'] === 'body' ? { bodyParameter: json } : { nonBodyParameter: json }),
  NonBodyParameter: (json) =>
    (json as Fields)['in'] === 'path' ? { pathParameterSubSchema: json } : { queryParameterSubSchema: json },
  ResponseValue: (json) => ({ response: json }),
  SchemaItem: (json) => ({ schema: json }),
  Schema: (json) => ({ ...(json as Fields), _ref: (json as Fields)['$ref'] }),
  AdditionalPropertiesItem: (json) => (typeof json === 'boolean' ? { boolean: json } : { schema: json }),
  TypeItem: (json) => ({ value: [json] }),
  ItemsItem: (json) => ({ schema: [json] }),
};

/** Encodes a Swagger 2.0 document as the message that kubectl reads. */
export function encodeOpenApiV2(document: object): Buffer {
  return Buffer.from(documentType.encode(messageOf(documentType, document)).finish());
}

const messageOf = (type: protobuf.Type, json: unknown): Fields => {
  const fields = (FIELDS_OF[type.name] ?? ((value) => value as Fields))(json);
  const extensions = Object.entries(fields).filter(([name]) => name.startsWith('x-'));
  const contents = { ...fields, vendorExtension: named(Object.fromEntries(extensions)) } as Fields;
  const present = type.fieldsArray.filter(({ name }) => contents[name] !== undefined);
  return Object.fromEntries(present.map((field) => [field.name, contentOf(field, contents[field.name])]));
};

const contentOf = (field: protobuf.Field, value: unknown): unknown => {
  const { resolvedType: type } = field.resolve();
  if (!(type instanceof protobuf.Type)) return value;
  return field.repeated ? (value as readonly unknown[]).map((item) => messageOf(type, item)) : messageOf(type, value);
};
