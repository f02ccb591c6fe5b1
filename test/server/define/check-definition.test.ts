import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

/** `resource()` as JavaScript calls it, without types. */
const untyped = resource as unknown as (definition?: unknown, content?: unknown) => unknown;

describe('resource(), called from JavaScript', () => {
  const pods = fakeInformer(pod('shop/web'));
  const store = memoryStore();
  const task = { kind: 'Task', plural: 'tasks', namespaced: true };
  const scale = { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas' };
  const column = { name: 'A', type: 'string', value: () => 'a' };
  const types = 'use one of string, integer, number, boolean, date';

  for (const [change, message] of [
    [{ kind: undefined }, 'resource tasks: kind: is missing'],
    [{ plural: undefined }, 'resource Task: plural: is missing'],
    [{ namespaced: undefined }, 'resource tasks: namespaced: must be true or false'],
    [{ columns: [{ ...column, type: 'text' }] }, `resource tasks: columns: "A" has the type "text"; ${types}`],
    [{ columns: [{ ...column, type: undefined }] }, `resource tasks: columns: "A" has the type "undefined"; ${types}`],
    [{ columns: [{ ...column, type: 'toString' }] }, 'resource tasks: columns: "A" has the type "toString"'],
    [{ columns: [{ ...column, value: 'status.a' }] }, 'resource tasks: columns: "A" must have a function as its value'],
    [{ columns: [{ ...column, name: undefined }] }, 'resource tasks: columns: a column has no name'],
  ] as const) {
    for (const [name, content] of Object.entries({ pods, store })) {
      it(`rejects a definition with ${name}: ${message}`, () => {
        expect(() => untyped({ ...task, ...change }, content)).to.throw(TypeError, message);
      });
    }
  }

  const path = (field: string, subject: string, roots: string): string =>
    `resource tasks: scale.${field}: ${subject} must be a path that begins with ${roots}`;
  for (const [change, message] of [
    [{ specReplicas: 'replicas' }, path('specReplicas', '"replicas"', 'spec.')],
    [{ specReplicas: 'spec' }, path('specReplicas', '"spec"', 'spec.')],
    [{ specReplicas: 'spec.' }, path('specReplicas', '"spec."', 'spec.')],
    [{ specReplicas: 'specs.replicas' }, path('specReplicas', '"specs.replicas"', 'spec.')],
    [{ specReplicas: undefined }, path('specReplicas', 'is missing; it', 'spec.')],
    [{ statusReplicas: 'spec.replicas' }, path('statusReplicas', '"spec.replicas"', 'status.')],
    [{ labelSelector: 'metadata.labels' }, path('labelSelector', '"metadata.labels"', 'status. or spec.')],
  ] as const) {
    it(`rejects the scale of a store: ${message}`, () => {
      expect(() => untyped({ ...task, scale: { ...scale, ...change } }, store)).to.throw(TypeError, message);
    });
  }

  for (const valid of [
    scale,
    { specReplicas: '.spec.a.b', statusReplicas: '.status.replicas', labelSelector: '.status.selector' },
    { ...scale, labelSelector: 'spec.selector' },
  ]) {
    it(`accepts the scale ${JSON.stringify(valid)}`, () => {
      expect(() => resource({ ...task, scale: valid }, store)).to.not.throw();
    });
  }

  for (const [field, value] of [
    ['status', true],
    ['scale', scale],
    ['mutate', (object: unknown) => object],
    ['validate', () => []],
    ['conversion', {}],
  ] as const) {
    it(`rejects ${field} for a projection`, () => {
      const message = `resource tasks: ${field}: is for stores and handlers`;
      expect(() => untyped({ ...task, [field]: value }, pods)).to.throw(TypeError, message);
    });
  }

  it('accepts status: false for a projection', () => {
    expect(() => untyped({ ...task, status: false }, pods)).to.not.throw();
  });

  for (const content of [undefined, null, 'rows']) {
    it(`rejects ${String(content)} as the content`, () => {
      const message = `resource tasks: the content must be rows, a store or handlers, not ${String(content)}`;
      expect(() => untyped(task, content)).to.throw(TypeError, message);
    });
  }

  it('rejects a missing definition', () => {
    expect(() => untyped(undefined, pods)).to.throw(
      TypeError,
      'resource: the definition must be an object, not undefined',
    );
  });

  it('names the resource whose schema is invalid', () => {
    const schema = { type: 'object', properties: { spec: {} } };
    expect(() => untyped({ ...task, schema }, store)).to.throw(
      TypeError,
      'resource tasks: the schema cannot be used: schema.properties[spec].type: ',
    );
  });
});
