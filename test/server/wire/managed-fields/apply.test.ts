import { expect } from 'chai';
import fc from 'fast-check';
import { apply, type Applied, type ApplyOptions } from '../../../../src/server/wire/managed-fields/apply.ts';
import { isJsonObject, memberOf, type JsonObject } from '../../../../src/server/wire/json.ts';
import { FieldSet } from '../../../../src/server/wire/managed-fields/field-set.ts';
import { managedAfterUpdate } from '../../../../src/server/wire/managed-fields/managed-after-update.ts';
import { fieldElement, keyElement } from '../../../../src/server/wire/managed-fields/path-element.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import { openSchema, thingSchema } from './scenarios.ts';

const apiVersion = 'g/v1';
const timeOf = (second: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace('.000Z', 'Z');

/** A server that stores one object. */
class Stored {
  readonly schema: Schema | undefined;
  state: Applied | undefined;
  #second = 0;

  constructor(schema: Schema | undefined) {
    this.schema = schema;
  }

  #request(manager: string): Pick<ApplyOptions, 'manager' | 'apiVersion' | 'time' | 'schema'> {
    this.#second += 1;
    return { manager, apiVersion, time: timeOf(this.#second), schema: this.schema };
  }

  apply(manager: string, config: JsonObject, force = true): Applied | undefined {
    const { object, managedFields = [] } = this.state ?? {};
    const whole = { apiVersion, kind: 'Thing', metadata: { name: 'x' }, ...config };
    const result = apply({ ...this.#request(manager), live: object, managed: managedFields, config: whole, force });
    if (result.conflicts !== undefined) {
      return undefined;
    }
    this.state = result;
    return result;
  }

  update(manager: string, after: JsonObject): void {
    const { object: before, managedFields: managed = [] } = this.state ?? {};
    const object = { apiVersion, kind: 'Thing', metadata: { name: 'x' }, ...after };
    this.state = {
      object,
      managedFields: managedAfterUpdate({ ...this.#request(manager), before, after: object, managed }),
    };
  }
}

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const texts = fc.dictionary(name, fc.constantFrom('1', '2'), { maxKeys: 3 });
const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<unknown> =>
  fc.record(model, { requiredKeys: [] });
/** Bodies whose lists of distinguishable items have at least `minLength` items. */
const thingsOf = (minLength: number): fc.Arbitrary<JsonObject> => {
  const byName = <T extends { readonly name: string }>(items: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.uniqueArray(items, { selector: (it) => it.name, maxLength: 3, minLength });
  const env = byName(fc.record({ name, value: fc.constantFrom('1', '2') }));
  return optional({
    replicas: fc.nat(2),
    text: fc.constantFrom('s', 't'),
    selector: texts,
    limits: texts,
    plain: fc.array(name, { maxLength: 3 }),
    tags: fc.uniqueArray(name, { minLength }),
    numbers: fc.uniqueArray(fc.constantFrom(1, 2.5, 10), { minLength }),
    containers: byName(fc.record({ name, image: fc.constantFrom('i', 'j'), env }, { requiredKeys: ['name'] })),
    nested: optional({ left: fc.constantFrom('l', 'm'), right: optional({ leaf: name, other: name }) }),
    free: fc.dictionary(name, fc.jsonValue({ maxDepth: 2 })),
  }).map((spec): JsonObject => JSON.parse(JSON.stringify({ spec })) as JsonObject);
};
const things = thingsOf(0);
const opens = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 3 }))
  .map((spec): JsonObject => JSON.parse(JSON.stringify({ spec })) as JsonObject);

const step = (bodies: fc.Arbitrary<JsonObject>): fc.Arbitrary<readonly [string, boolean, JsonObject]> =>
  fc.tuple(fc.constantFrom('one', 'two', 'three'), fc.boolean(), bodies);
const play = (stored: Stored, steps: readonly (readonly [string, boolean, JsonObject])[]): void => {
  for (const [manager, isApply, body] of steps) {
    if (isApply) {
      stored.apply(manager, body);
    } else {
      stored.update(manager, body);
    }
  }
};

/** Returns whether the object contains everything that was applied. Lists may have other items between the applied ones. */
const contains = (object: unknown, config: unknown): boolean => {
  if (Array.isArray(config)) {
    return Array.isArray(object) && config.every((item) => object.some((other) => contains(other, item)));
  }
  if (isJsonObject(config)) {
    return (
      isJsonObject(object) &&
      Object.entries(config).every(([key, value]) => Object.hasOwn(object, key) && contains(object[key], value))
    );
  }
  // Null does not remove the fields of other managers in a map or list.
  return config === null ? object !== undefined : object === config;
};

/**
 * Returns the part of a value that must remain when a manager no longer applies a configuration. An empty map or list that no manager owns
 * belongs to the manager that applies it, or applies a field of it. Undefined if nothing must remain.
 */
const remaining = (value: unknown, config: unknown, owned: FieldSet, isOwned: boolean): unknown => {
  if (config === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const nameOf = (item: unknown): unknown => (isJsonObject(item) ? item['name'] : undefined);
    const items = value.map((item: unknown): unknown => {
      const key = nameOf(item);
      if (key === undefined || !Array.isArray(config)) return item;
      const applied: unknown = config.find((other) => nameOf(other) === key);
      return remaining(item, applied, owned.below(keyElement([['name', key]])), true);
    });
    return items.length > 0 || isOwned ? items : undefined;
  }
  const members = Object.entries(value)
    .map(([key, member]) => {
      const element = fieldElement(key);
      const applied = isJsonObject(config) ? memberOf(config, key) : undefined;
      return [key, remaining(member, applied, owned.below(element), owned.members.has(element))] as const;
    })
    .filter(([, member]) => member !== undefined);
  return members.length > 0 || isOwned ? Object.fromEntries(members) : undefined;
};

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
};

interface Kind {
  readonly name: string;
  readonly schema: Schema | undefined;
  readonly bodies: fc.Arbitrary<JsonObject>;
  /**
   * Bodies for the test of removal. An empty list of distinguishable items is not a field, so a map that contains nothing else is removed
   * with it even if another manager owns the list, like upstream (see scenarios.ts).
   */
  readonly removable: fc.Arbitrary<JsonObject>;
}
const kinds: readonly Kind[] = [
  { name: 'with a schema', schema: thingSchema, bodies: things, removable: thingsOf(1) },
  { name: 'of an open object', schema: openSchema, bodies: opens, removable: opens },
  { name: 'without a schema', schema: undefined, bodies: opens, removable: opens },
];

for (const { name: kind, schema, bodies, removable } of kinds) {
  describe(`apply ${kind}`, () => {
    const historiesOf = (body: fc.Arbitrary<JsonObject>) => fc.array(step(body), { maxLength: 5 });
    const histories = historiesOf(bodies);

    it('twice is a no-op', () => {
      fc.assert(
        fc.property(histories, bodies, (steps, config) => {
          const stored = new Stored(schema);
          play(stored, steps);
          const first = stored.apply('m', config);
          const second = stored.apply('m', config, false);
          expect(JSON.stringify(second)).to.equal(JSON.stringify(first));
        }),
      );
    });

    it('makes an object that contains the configuration', () => {
      fc.assert(
        fc.property(histories, bodies, (steps, config) => {
          const stored = new Stored(schema);
          play(stored, steps);
          const object = stored.apply('m', config)?.object;
          expect(contains(object, config), JSON.stringify(object)).to.equal(true);
        }),
      );
    });

    it('removes again what it applied, and keeps the fields that it did not apply or that other managers own', () => {
      fc.assert(
        fc.property(historiesOf(removable), removable, (steps, config) => {
          const stored = new Stored(schema);
          play(stored, steps);
          stored.apply('m', {});
          const before = stored.state;
          const added = stored.apply('m', config, false);
          stored.apply('m', {});
          if (added !== undefined && before !== undefined) {
            const { object, managedFields } = before;
            const owned = managedFields.reduce((all, it) => all.union(FieldSet.parse(it.fieldsV1)), new FieldSet());
            const kept = remaining(object, config, owned, true);
            expect(contains(stored.state?.object, kept), JSON.stringify([before, stored.state])).to.equal(true);
            expect(stored.state?.managedFields).to.deep.equal(managedFields);
          }
        }),
      );
    });

    it('does not change its input', () => {
      fc.assert(
        fc.property(histories, bodies, (steps, config) => {
          const stored = new Stored(schema);
          for (const each of [...steps, ['m', true, config] as const]) {
            play(stored, [deepFreeze(each)]);
            deepFreeze(stored.state);
          }
        }),
      );
    });
  });
}

describe('apply()', () => {
  it('never conflicts with managers of other fields', () => {
    fc.assert(
      fc.property(things, fc.array(fc.tuple(fc.constantFrom('one', 'two'), things), { maxLength: 6 }), (all, steps) => {
        const stored = new Stored(thingSchema);
        const mine = Object.keys(all['spec'] ?? {});
        for (const [manager, body] of steps) {
          const entries = Object.entries(body['spec'] ?? {});
          const spec = Object.fromEntries(entries.filter(([key]) => mine.includes(key) === (manager === 'one')));
          expect(stored.apply(manager, { spec }, false)).not.to.equal(undefined);
        }
      }),
    );
  });

  it('creates a missing object', () => {
    const result = new Stored(undefined).apply('m', { spec: { a: 1 } });
    expect(result?.object).to.deep.equal({ apiVersion, kind: 'Thing', metadata: { name: 'x' }, spec: { a: 1 } });
    expect(result?.managedFields).to.deep.equal([
      {
        apiVersion,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { '.': {}, 'f:a': {} } },
        manager: 'm',
        operation: 'Apply',
        time: timeOf(1),
      },
    ]);
  });

  it('leaves an empty list if only its owner remains', () => {
    const stored = new Stored(thingSchema);
    stored.update('one', { spec: { tags: [], selector: {} } });
    stored.apply('two', { spec: { tags: ['a'], selector: { a: '1' } } });
    expect(stored.apply('two', {})?.object['spec']).to.deep.equal({ tags: [], selector: {} });
  });

  it('removes an empty map without an owner if only this manager applied it', () => {
    const stored = new Stored(thingSchema);
    stored.apply('one', { spec: { selector: { a: '1' } } });
    stored.update('one', { spec: { selector: {}, nested: {} } });
    expect(stored.apply('two', { spec: { selector: {} } })?.object['spec']).to.deep.equal({ selector: {}, nested: {} });
    expect(stored.apply('two', {})?.object['spec']).to.deep.equal({ nested: {} });
  });

  it('removes an empty list without an owner together with the items that were applied', () => {
    const stored = new Stored(thingSchema);
    stored.apply('one', { spec: { tags: ['a'], text: 't' } });
    stored.update('one', { spec: { tags: [], text: 't' } });
    stored.apply('two', { spec: { tags: [] } });
    expect(stored.apply('two', {})?.object['spec']).to.deep.equal({ tags: [], text: 't' });
    stored.apply('two', { spec: { tags: ['b'] } });
    expect(stored.apply('two', {})?.object['spec']).to.deep.equal({ text: 't' });
  });

  it('keeps one manager for an apply in all versions', () => {
    const options = { manager: 'm', time: timeOf(1), apiVersions: ['g/v1', 'g/v2'] };
    const first = apply({
      ...options,
      apiVersion: 'g/v1',
      live: undefined,
      managed: [],
      config: { spec: { a: 1 } },
    }) as Applied;
    const second = apply({
      ...options,
      apiVersion: 'g/v2',
      live: first.object,
      managed: first.managedFields,
      config: { spec: { b: 1 } },
    }) as Applied;
    expect(second.object).to.deep.equal({ spec: { b: 1 } });
    expect(second.managedFields.map((entry) => entry.apiVersion)).to.deep.equal(['g/v2']);
  });

  it('treats __proto__ as an ordinary name', () => {
    const stored = new Stored(undefined);
    stored.apply('one', JSON.parse('{"spec":{"__proto__":{"polluted":1}}}') as JsonObject);
    stored.apply(
      'two',
      JSON.parse('{"spec":{"__proto__":{"other":1},"constructor":{"prototype":{"polluted":1}}}}') as JsonObject,
    );
    expect(JSON.stringify(stored.apply('one', { spec: {} })?.object['spec'])).to.equal(
      '{"__proto__":{"other":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('works a thousand levels deep', () => {
    const nest = (depth: number): JsonObject => {
      let value: JsonObject = { leaf: 1 };
      for (let level = 0; level < depth; level += 1) {
        value = { a: value };
      }
      return value;
    };
    const stored = new Stored(undefined);
    stored.apply('one', nest(1000));
    stored.apply('one', nest(999));
    expect(stored.apply('one', {})?.managedFields).to.deep.equal([]);
  });
});
