/** The compiler's messages for mistakes in a call of `resource()`. They concern the definition that fits the content of the call. */
import { expect } from 'chai';
import { compile, type Snippet } from '../../docs/snippets.ts';

const HEAD = `
interface Job { metadata: { name: string }; spec: { title: string; done: boolean } }
interface Row { metadata: Identity; spec: { node?: string | undefined }; status: { phase: string; ready: boolean } }
let rows!: Collection<Row>;
let withoutMetadata!: Collection<{ phase: string }>;
let emptyMetadata!: Collection<{ metadata: {} }>;
let undefinedMetadata!: Collection<{ metadata: undefined }>;
let numbers!: Collection<5>;
let numberMetadata!: Collection<{ metadata: 5 }>;
let misspeltName!: Collection<{ metadata: { nme: string } }>;
let anyRows!: Collection<any>;
let unknownRows!: Collection<unknown>;
let optionalMetadata!: Collection<V1Pod>;
let handlers!: Handlers<Job>;
const names = { kind: 'Row', plural: 'rows', namespaced: true };
`;

const NEEDS_NAME =
  /^TS2345: Argument of type 'Collection<.*>' is not assignable .*\{ readonly metadata: \{ readonly name: string;/;

const MISTAKES: readonly (readonly [mistake: string, call: string, message: string | RegExp])[] = [
  [
    'a misspelt selectable field of rows',
    `resource({ ...names, selectableFields: ['status.fase'] }, rows);`,
    `TS2820: Type '"status.fase"' is not assignable to type '"metadata.creationTimestamp" | "metadata.name" | ` +
      `"metadata.namespace" | "spec.node" | "status.phase" | "status.ready" | \`metadata.labels.\${string}\`'. ` +
      `Did you mean '"status.phase"'?`,
  ],
  [
    'a misspelt selectable field of stored objects',
    `resource<Job>({ ...names, selectableFields: ['spec.titel'] }, memoryStore());`,
    `TS2820: Type '"spec.titel"' is not assignable to type '"metadata.name" | "spec.done" | "spec.title"'. ` +
      `Did you mean '"spec.title"'?`,
  ],
  [
    'a misspelt selectable field of handled objects',
    `resource({ ...names, selectableFields: ['spec.titel'] }, handlers);`,
    /^TS2820: Type '"spec.titel"' is not assignable to type .*Did you mean '"spec.title"'\?$/,
  ],
  [
    'a misspelt selectable field of pods',
    `resource({ ...names, selectableFields: ['status.fase'] }, pods);`,
    /^TS2820: Type '"status.fase"' is not assignable to type .* Did you mean '"status.phase"'\?$/,
  ],
  [
    'a misspelt field in a column of rows',
    `resource({ ...names, columns: [{ name: 'A', type: 'string', value: ({ status }) => status.fase }] }, rows);`,
    `TS2339: Property 'fase' does not exist on type '{ phase: string; ready: boolean; }'.`,
  ],
  [
    'a misspelt field in a column of handled objects',
    `resource({ ...names, columns: [{ name: 'A', type: 'string', value: ({ spec }) => spec.titel }] }, handlers);`,
    `TS2551: Property 'titel' does not exist on type '{ title: string; done: boolean; }'. Did you mean 'title'?`,
  ],
  [
    'an unknown type of a column',
    `resource({ ...names, columns: [{ name: 'A', type: 'strng', value: ({ status }) => status.phase }] }, rows);`,
    `TS2820: Type '"strng"' is not assignable to type '"boolean" | "date" | "integer" | "number" | "string"'. Did you mean '"string"'?`,
  ],
  [
    'a missing field of the definition',
    `resource({ kind: 'Row', plural: 'rows' }, rows);`,
    `TS2741: Property 'namespaced' is missing in type '{ kind: string; plural: string; }' but required in type 'ResourceDefinition<Row>'.`,
  ],
  [
    'a field of custom resources in the definition of a projection',
    `resource({ ...names, status: true }, rows);`,
    `TS2353: Object literal may only specify known properties, and 'status' does not exist in type 'ResourceDefinition<Row>'.`,
  ],
  [
    'a misspelt field in the definition of a custom resource',
    `resource<Job>({ ...names, colums: [] }, memoryStore());`,
    `TS2561: Object literal may only specify known properties, but 'colums' does not exist in type ` +
      `'CustomResourceDefinition<Job>'. Did you mean to write 'columns'?`,
  ],
  [
    'rows without metadata',
    `resource(names, withoutMetadata);`,
    /^TS2345: Argument of type 'Collection<\{ phase: string; \}>' is not assignable .*\{ readonly metadata: /,
  ],
  ['rows with empty metadata', `resource(names, emptyMetadata);`, NEEDS_NAME],
  ['rows with undefined metadata', `resource(names, undefinedMetadata);`, NEEDS_NAME],
  ['rows with a number as metadata', `resource(names, numberMetadata);`, NEEDS_NAME],
  ['rows that are numbers', `resource(names, numbers);`, NEEDS_NAME],
  ['rows with a misspelt name in metadata', `resource(names, misspeltName);`, NEEDS_NAME],
  [
    'a misspelt handler',
    `resource<Job>(names, { list: () => [], creat: () => undefined });`,
    `TS2353: Object literal may only specify known properties, and 'creat' does not exist in type 'Content<Job>'.`,
  ],
  [
    'handlers for other objects than those of the definition',
    `const definition: CustomResourceDefinition<Row> = names;\nresource(definition, handlers);`,
    /^TS2345: Argument of type 'Handlers<Job>' is not assignable to parameter of type/,
  ],
];

const RIGHT_CALLS = `
resource({ ...names, columns: [{ name: 'A', type: 'string', value: ({ status }) => status.phase }] }, rows);
resource({ ...names, selectableFields: ['status.phase'] }, informers.pods);
resource({ ...names, selectableFields: ['status.phase'] }, fakeInformer(pod('shop/web')));
resource({ ...names, status: true, validate: ({ spec }) => (spec.done ? [] : [{ field: 'a', message: 'b' }]) }, handlers);
resource({ ...names, columns: [{ name: 'A', type: 'string', value: (object) => object.kind }] }, memoryStore());
resource<Job>({ ...names, columns: [{ name: 'A', type: 'string', value: ({ spec }) => spec.title }] }, memoryStore());
resource<Job>({ ...names, mutate: (job) => ({ ...job }) }, { list: () => [], create: (job) => job });
resource(names, anyRows);
resource(names, unknownRows);
resource(names, optionalMetadata);
const ofRows: ResourceDefinition<Row> = names;
resource(ofRows, rows);
const ofJobs: CustomResourceDefinition<Job> = names;
resource(ofJobs, memoryStore());
resource(ofJobs, handlers);
`;

describe('resource(), called correctly', () => {
  it('infers the type of the objects from rows, from handlers, and from the definition', () => {
    expect([...compile([{ file: 'right', line: 1, code: HEAD + RIGHT_CALLS }]).values()].flat()).to.deep.equal([]);
  });
});

describe('resource(), called with a mistake', () => {
  let errors: ReadonlyMap<string, readonly string[]>;
  before(() => {
    errors = compile(MISTAKES.map(([file, call]): Snippet => ({ file, line: 1, code: HEAD + call })));
  });

  for (const [mistake, , message] of MISTAKES) {
    it(`reports ${mistake}`, () => {
      const [error = '', ...others] = errors.get(mistake) ?? [];
      const text = error.replace(/^\d+: /, '');
      if (typeof message === 'string') expect(text).to.equal(message);
      else expect(text).to.match(message);
      expect(others).to.deep.equal([]);
    });
  }
});
