import { expect } from 'chai';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import {
  managedAfterUpdate,
  type ManagedAfterUpdateOptions,
} from '../../../../src/server/wire/managed-fields/managed-after-update.ts';
import type { ManagedFieldsEntry } from '../../../../src/server/wire/managed-fields/managers.ts';
import { differInTimesAtMost, managedFieldsToStartFrom } from '../../../../src/server/wire/managed-fields/request.ts';

const time = '2026-01-01T00:00:30Z';
const entry = (manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  apiVersion: 'g/v1',
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsV1 as ManagedFieldsEntry['fieldsV1'],
  manager,
  operation: 'Update',
  time: '2026-01-01T00:00:00Z',
  ...more,
});
const update = (options: Partial<ManagedAfterUpdateOptions>): readonly ManagedFieldsEntry[] =>
  managedAfterUpdate({ before: {}, after: {}, managed: [], manager: 'm', apiVersion: 'g/v1', time, ...options });
const spec = (content: object): JsonObject => ({ spec: content });

describe('managedAfterUpdate()', () => {
  it('names a manager without a name', () => {
    expect(update({ before: undefined, after: spec({ a: 1 }), manager: '' })[0]).to.include({
      manager: 'unknown',
      time,
    });
  });

  it('keeps entries of served versions, and drops others', () => {
    const managed = [
      entry('a', { 'f:spec': { 'f:a': {} } }),
      entry('b', { 'f:spec': { 'f:a': {} } }, { apiVersion: 'g/v0' }),
    ];
    const both = { before: spec({ a: 1 }), after: spec({ a: 1 }), managed };
    expect(update(both).map(({ manager }) => manager)).to.deep.equal(['a']);
    expect(update({ ...both, apiVersions: ['g/v0', 'g/v1'] })).to.deep.equal(managed);
  });

  it('keeps a manager apart in each version and subresource', () => {
    const managed = [
      entry('m', { 'f:spec': { 'f:a': {} } }, { apiVersion: 'g/v0' }),
      entry('m', { 'f:spec': { 'f:b': {} } }, { subresource: 'status' }),
    ];
    const after = update({
      before: spec({ a: 1, b: 1 }),
      after: spec({ a: 1, b: 1, c: 1 }),
      managed,
      apiVersions: ['g/v0', 'g/v1'],
    });
    expect(after).to.deep.equal([...managed, entry('m', { 'f:spec': { 'f:c': {} } }, { time })]);
  });

  it('starts to track managers only at a create', () => {
    expect(update({ before: spec({}), after: spec({ a: 1 }) })).to.deep.equal([]);
  });

  it('gives a map that has become atomic to the managers that owned a part of it', () => {
    const managed = [
      entry('a', { 'f:spec': { 'f:m': { 'f:x': {} } } }),
      entry('b', { 'f:spec': { 'f:m': { '.': {}, 'f:y': {} } } }),
    ];
    const schema: Schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            n: { type: 'string' },
            m: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
          },
        },
      },
    };
    const before = spec({ m: { x: '1', y: '2' } });
    expect(update({ before, after: spec({ m: { x: '1', y: '2' }, n: 'n' }), managed, schema })).to.deep.equal([
      entry('a', { 'f:spec': { 'f:m': {} } }),
      entry('b', { 'f:spec': { 'f:m': {} } }),
      entry('m', { 'f:spec': { 'f:n': {} } }, { time }),
    ]);
    expect(update({ before, after: spec({ m: { x: '1', y: '3' } }), managed, schema })).to.deep.equal([
      entry('m', { 'f:spec': { 'f:m': {} } }, { time }),
    ]);
  });

  it('merges the oldest of more than ten managers, version by version', () => {
    const managed = Array.from({ length: 10 }, (_, index) =>
      entry(
        `m${index}`,
        { 'f:spec': { [`f:m${index}`]: {} } },
        {
          apiVersion: index === 0 ? 'g/v0' : 'g/v1',
          time: `2026-01-01T00:00:0${index}Z`,
        },
      ),
    );
    const before = spec(Object.fromEntries(managed.map(({ manager }) => [manager, 1])));
    const after = spec({ ...(before['spec'] as object), x: 1 });
    const names = update({ before, after, managed, apiVersions: ['g/v0', 'g/v1'] }).map(
      ({ manager, fieldsV1 }) => `${manager} ${Object.keys(fieldsV1['f:spec'] ?? {}).join()}`,
    );
    expect(names.slice(0, 3)).to.deep.equal(['m0 f:m0', 'ancient-changes f:m1,f:m2', 'm3 f:m3']);
    expect(names).to.have.length(10);
  });

  it('loses no field if the entry of old changes is not the oldest', () => {
    const managed = [
      ...Array.from({ length: 9 }, (_, index) => entry(`m${index}`, { 'f:spec': { [`f:m${index}`]: {} } })),
      entry('ancient-changes', { 'f:spec': { 'f:old': {} } }, { time: '2026-01-01T00:00:01Z' }),
    ];
    const before = spec({ old: 1, ...Object.fromEntries(managed.map(({ manager }) => [manager, 1])) });
    const after = spec({ ...(before['spec'] as object), x: 1 });
    const entries = update({ before, after, managed });
    const owned = entries.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1['f:spec'] ?? {})).toSorted();
    expect(owned).to.deep.equal([
      'f:m0',
      'f:m1',
      'f:m2',
      'f:m3',
      'f:m4',
      'f:m5',
      'f:m6',
      'f:m7',
      'f:m8',
      'f:old',
      'f:x',
    ]);
    expect(entries).to.have.length(10);
  });
});

describe('managedFieldsToStartFrom()', () => {
  const stored = [entry('stored', { 'f:a': {} })];
  const sent = [entry('sent', { 'f:b': {} })];
  const object = (managedFields: unknown): JsonObject => ({ metadata: { managedFields } });
  const cases: readonly (readonly [string, unknown, string | undefined, readonly unknown[]])[] = [
    ['takes what the client sent', sent, undefined, sent],
    ['takes the stored ones when none are sent', undefined, undefined, stored],
    ['takes the stored ones when null is sent', null, undefined, stored],
    ['takes none when [] is sent', [], undefined, []],
    ['takes none when [{}] is sent', [{}], undefined, []],
    ['takes the stored ones for a subresource', sent, 'status', stored],
    ['takes the stored ones for a reset through a subresource', [], 'status', stored],
    ['takes the stored ones when an operation is not known', [{ ...sent[0], operation: 'Other' }], undefined, stored],
    ['takes the stored ones when a version is missing', [{ ...sent[0], apiVersion: '' }], undefined, stored],
    [
      'takes the stored ones when the fields are of another type',
      [{ ...sent[0], fieldsType: 'FieldsV2' }],
      undefined,
      stored,
    ],
    [
      'takes the stored ones when the fields are not well-formed',
      [{ ...sent[0], fieldsV1: { a: {} } }],
      undefined,
      stored,
    ],
    ['takes the stored ones when an entry is no object', ['x'], undefined, stored],
  ];
  for (const [name, managedFields, subresource, expected] of cases) {
    it(name, () => {
      expect(managedFieldsToStartFrom(object(stored), object(managedFields), subresource)).to.deep.equal(expected);
    });
  }
});

describe('differInTimesAtMost()', () => {
  const object = (a: number, manager: string, at?: string): JsonObject => ({
    spec: { a },
    metadata: { managedFields: [entry(manager, { 'f:spec': { 'f:a': {} } }, at === undefined ? {} : { time: at })] },
  });

  it('returns true for a write without effect', () => {
    expect(differInTimesAtMost(object(1, 'm'), object(1, 'm', time))).to.equal(true);
  });

  it('returns false if the object differs', () => {
    expect(differInTimesAtMost(object(1, 'm'), object(2, 'm', time))).to.equal(false);
  });

  it('returns false if entries differ in more than their times', () => {
    expect(differInTimesAtMost(object(1, 'm'), object(1, 'n'))).to.equal(false);
  });
});
