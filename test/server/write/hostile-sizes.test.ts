/** Bodies that cost too much. Each is refused before the work, with the status of kube-apiserver. */
import { expect } from 'chai';
import { CustomRig, task, TASK, TASKS } from './custom-rig.ts';

const YAML = 'application/yaml';
const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const HEAD = '"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"evil"}';
const many = (count: number, item: (index: number) => string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(separator);
const operations = (count: number, item: object): string => JSON.stringify(Array.from({ length: count }, () => item));
const nesting = [
  { op: 'add', path: '/spec/b', value: {} },
  { op: 'move', from: '/spec/a', path: '/spec/b/a' },
  { op: 'move', from: '/spec/b', path: '/spec/a' },
];

const TOO_MANY =
  /^Request entity too large: the body has more than 70000 values, where those after the first 1000 of an object or array count three times$/;

interface Row {
  readonly title: string;
  readonly type: string;
  readonly body: string;
  readonly status: number;
  readonly message: RegExp;
}

const ROWS: readonly Row[] = [
  {
    title: 'YAML of 240 kB of wrong tokens',
    type: YAML,
    body: '}'.repeat(240_000),
    status: 400,
    message: /^the body of the request is not valid YAML: Unexpected flow-map-end token .* at line 1, column 1$/,
  },
  {
    title: 'YAML with 100,000 wrong escapes',
    type: YAML,
    body: `a: "${String.raw`\q`.repeat(100_000)}"`,
    status: 400,
    message: /^the body of the request is not valid YAML: Invalid escape sequence \\q at line 1, column 5$/,
  },
  {
    title: 'YAML of more than 256 KiB',
    type: YAML,
    body: `a: ${'x'.repeat(262_144)}`,
    status: 413,
    message: /^Request entity too large: limit is 262144$/,
  },
  {
    title: 'YAML of 20,000 keys',
    type: YAML,
    body: many(20_000, (index) => `k${index}: 1`, '\n'),
    status: 413,
    message: /^Request entity too large: the YAML has more than 100000 tokens$/,
  },
  ...['[', '- ', '? ', '{a: '].map((open) => ({
    title: `YAML of 10,000 times ${JSON.stringify(open)}`,
    type: YAML,
    body: open.repeat(10_000),
    status: 400,
    message: /^the body of the request is not valid YAML: it is nested too deeply$/,
  })),
  {
    title: 'YAML with a repeated key',
    type: YAML,
    body: 'a: 1\nb: 1\na: 2',
    status: 400,
    message: /^the body of the request is not valid YAML: Map keys must be unique at line 3, column 1$/,
  },
  {
    title: 'JSON of 24,001 keys',
    type: 'application/json',
    body: `{${HEAD},"spec":{${many(24_001, (index) => `"k${index}":1`)}}}`,
    status: 413,
    message: TOO_MANY,
  },
  {
    title: 'JSON of 230,000 keys',
    type: 'application/json',
    body: `{${HEAD},"spec":{${many(230_000, (index) => `"k${index}":1`)}}}`,
    status: 413,
    message: TOO_MANY,
  },
  {
    title: 'JSON of 900,000 empty arrays',
    type: 'application/json',
    body: `{${HEAD},"spec":{"a":[${many(900_000, () => '[]')}]}}`,
    status: 413,
    message: TOO_MANY,
  },
  {
    title: 'JSON of 1,001 levels',
    type: 'application/json',
    body: `{${HEAD},"spec":${'['.repeat(1001)}${']'.repeat(1001)}}`,
    status: 400,
    message: /^the body of the request is nested more than 1000 levels deep$/,
  },
  {
    title: 'JSON of 24,001 keys that is declared as an apply in YAML',
    type: APPLY,
    body: `{${HEAD},"spec":{${many(24_001, (index) => `"k${index}":1`)}}}`,
    status: 413,
    message: TOO_MANY,
  },
  {
    title: 'a patch that moves 10,000 times the first of 10,000 items to the end',
    type: JSON_PATCH,
    body: `[{"op":"add","path":"/spec/a","value":[${many(10_000, () => '{}')}]},${operations(9999, { op: 'move', from: '/spec/a/0', path: '/spec/a/-' }).slice(1)}`,
    status: 413,
    message: /^Request entity too large: the JSON patch takes more than 20000000 steps$/,
  },
  {
    title: 'a patch of 10,001 operations',
    type: JSON_PATCH,
    body: operations(10_001, { op: 'test', path: '', value: 1 }),
    status: 413,
    message: /The allowed maximum operations in a JSON patch is 10000, got 10001$/,
  },
  {
    title: 'a patch that nests by moves 1,100 levels deep',
    type: JSON_PATCH,
    body: JSON.stringify([
      { op: 'add', path: '/spec/a', value: {} },
      ...Array.from({ length: 1100 }, () => nesting).flat(),
    ]),
    status: 400,
    message: /^the body of the request is nested more than 1000 levels deep$/,
  },
  {
    title: 'a patch that copies without end',
    type: JSON_PATCH,
    body: JSON.stringify(
      Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/spec', path: `/spec/c${index}` })),
    ),
    status: 413,
    message: /^Request entity too large: limit is 3145728$/,
  },
];

describe('a custom resource that receives expensive bodies', () => {
  let rig: CustomRig;

  before(async () => {
    const schema = { type: 'object' as const, 'x-kubernetes-preserve-unknown-fields': true as const };
    rig = new CustomRig({ ...TASK, schema });
    await rig.send('POST', TASKS, task('good'));
  });

  after(() => rig.close());

  for (const { title, type, body, status, message } of ROWS) {
    it(`responds with ${status} to ${title}`, async () => {
      const isPatch = type === APPLY || type === JSON_PATCH;
      const path = isPatch ? `${TASKS}/${type === APPLY ? 'evil?fieldManager=me' : 'good'}` : TASKS;
      const response = await rig.send(isPatch ? 'PATCH' : 'POST', path, body, { 'Content-Type': type });
      expect(response.body).to.include({ kind: 'Status', code: status });
      expect(response.body.message).to.match(message);
    });
  }

  it('parses a large body that is JSON as JSON, although it is declared as YAML', async () => {
    const body = JSON.stringify(task('large', { title: 'x'.repeat(300_000) }));
    expect((await rig.send('POST', TASKS, body, { 'Content-Type': YAML })).status).to.equal(201);
  });
});
