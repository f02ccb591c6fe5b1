import { expect } from 'chai';
import type { ObjectSource } from '../../../src/server/write/field-validation.ts';
import { readObject } from '../../../src/server/write/read-object.ts';
import type { WrittenKind } from '../../../src/server/wire/writes/written-kind.ts';
import { apiErrorFrom } from '../wire/api-error-of.ts';

const KIND: WrittenKind = { group: 'example.com', version: 'v1', kind: 'Task', plural: 'tasks' };
const PLACE = { namespace: 'shop', name: 'a' };
const task = (metadata: object = {}, more: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Task',
  metadata: { name: 'a', ...metadata },
  ...more,
});

describe('readObject()', () => {
  it('fills in the namespace, drops unknown fields of metadata, and keeps all other fields', () => {
    const { object, unknown } = readObject(
      task({ frob: 1, labels: { a: 'b' } }, { spec: { x: [null] } }),
      KIND,
      PLACE,
      'body',
    );
    expect(object).to.deep.equal(task({ namespace: 'shop', labels: { a: 'b' } }, { spec: { x: [null] } }));
    expect(unknown).to.deep.equal(['metadata.frob']);
  });

  it('needs no name for a create', () => {
    const { object } = readObject(task({ name: undefined }), KIND, { ...PLACE, name: '' }, 'body');
    expect(object.metadata).to.deep.equal({ name: '', namespace: 'shop' });
  });

  it('drops the namespace of a cluster-scoped object', () => {
    const kind = { ...KIND, namespaced: false };
    const { object } = readObject(task({ namespace: 'shop' }), kind, { namespace: '', name: 'a' }, 'body');
    expect(object.metadata).to.deep.equal({ name: 'a' });
  });

  for (const [what, value, source, code, message] of [
    [
      'text',
      'x',
      'body',
      400,
      'the object provided is unrecognized (must be of type Task): the body of the request is not an object',
    ],
    [
      'no kind',
      { apiVersion: 'example.com/v1' },
      'body',
      400,
      `the object provided is unrecognized (must be of type Task): Object 'Kind' is missing in '{"apiVersion":"example.com/v1"}'`,
    ],
    [
      'no kind, patched',
      {},
      'patch',
      422,
      ` "" is invalid: patch: Invalid value: "{}": Object 'Kind' is missing in '{}'`,
    ],
    ['no kind, applied', { apiVersion: 'example.com/v1' }, 'apply', 400, 'invalid object type: example.com/v1, Kind='],
    [
      'another kind',
      task({}, { kind: 'Job' }),
      'body',
      422,
      'Job.example.com "a" is invalid: kind: Invalid value: "Job": must be Task',
    ],
    ['another kind, applied', task({}, { kind: 'Job' }), 'apply', 400, 'invalid object type: example.com/v1, Kind=Job'],
    [
      'another version',
      task({}, { apiVersion: 'example.com/v2' }),
      'body',
      400,
      'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)',
    ],
    [
      'another version, patched',
      task({}, { apiVersion: 'example.com/v2' }),
      'patch',
      422,
      'Task.example.com "a" is invalid: apiVersion: Invalid value: "example.com/v2": must be example.com/v1',
    ],
    [
      'a wrong type',
      task({ labels: 1 }),
      'body',
      400,
      'Task in version "v1" cannot be handled as a Task: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string',
    ],
    [
      'another namespace',
      task({ namespace: 'other' }),
      'body',
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another name',
      task({ name: 'b' }),
      'body',
      400,
      'the name of the object (b) does not match the name on the URL (a)',
    ],
    [
      'no name',
      task({ name: '' }),
      'patch',
      400,
      'the name of the object (a based on URL) was undeterminable: name must be provided',
    ],
  ] as const satisfies readonly (readonly [string, unknown, ObjectSource, number, string])[]) {
    it(`throws ${code} for ${what}`, () => {
      const error = apiErrorFrom(() => readObject(value, KIND, PLACE, source));
      expect([error.code, error.status.message]).to.deep.equal([code, message]);
    });
  }

  it('repeats only the beginning of a long value in its message', () => {
    const { status } = apiErrorFrom(() => readObject({ x: 'y'.repeat(1_000_000) }, KIND, PLACE, 'patch'));
    expect(JSON.stringify(status).length).to.be.lessThan(10_000);
  });
});
