import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

/** As JavaScript calls it. */
const untyped = resource as unknown as (definition?: unknown, content?: unknown) => unknown;

describe('the definition of a resource, as JavaScript may have it', () => {
  const pods = fakeInformer(pod('shop/web'));
  const store = memoryStore();
  const task = { kind: 'Task', plural: 'tasks', namespaced: true };
  const scale = { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas' };
  const column = { name: 'A', type: 'string', value: () => 'a' };
  const types = 'there are string, integer, number, boolean, date';

  for (const [change, message] of [
    [{ kind: undefined }, 'resource tasks: kind: is missing'],
    [{ plural: undefined }, 'resource Task: plural: is missing'],
    [{ namespaced: undefined }, 'resource tasks: namespaced: must be true or false'],
    [{ columns: [{ ...column, type: 'text' }] }, `resource tasks: columns: "A" has the type "text"; ${types}`],
    [{ columns: [{ ...column, type: undefined }] }, `resource tasks: columns: "A" has the type "undefined"; ${types}`],
    [{ columns: [{ ...column, type: 'toString' }] }, 'resource tasks: columns: "A" has the type "toString"'],
    [{ columns: [{ ...column, value: 'status.a' }] }, 'resource tasks: columns: "A" has no function as value'],
    [{ columns: [{ ...column, name: undefined }] }, 'resource tasks: columns: a column has no name'],
  ] as const) {
    for (const [name, content] of Object.entries({ pods, store })) {
      it(`is refused for ${name}: ${message}`, () => {
        expect(() => untyped({ ...task, ...change }, content)).to.throw(TypeError, message);
      });
    }
  }

  const path = (field: string, given: string, roots: string): string =>
    `resource tasks: scale.${field}: ${given} must be a path that begins with ${roots}`;
  for (const [change, message] of [
    [{ specReplicas: 'replicas' }, path('specReplicas', '"replicas"', 'spec.')],
    [{ specReplicas: 'spec' }, path('specReplicas', '"spec"', 'spec.')],
    [{ specReplicas: 'spec.' }, path('specReplicas', '"spec."', 'spec.')],
    [{ specReplicas: 'specs.replicas' }, path('specReplicas', '"specs.replicas"', 'spec.')],
    [{ specReplicas: undefined }, path('specReplicas', 'is missing; it', 'spec.')],
    [{ statusReplicas: 'spec.replicas' }, path('statusReplicas', '"spec.replicas"', 'status.')],
    [{ labelSelector: 'metadata.labels' }, path('labelSelector', '"metadata.labels"', 'status. or spec.')],
  ] as const) {
    it(`is refused for a store: ${message}`, () => {
      expect(() => untyped({ ...task, scale: { ...scale, ...change } }, store)).to.throw(TypeError, message);
    });
  }

  for (const given of [
    scale,
    { specReplicas: '.spec.a.b', statusReplicas: '.status.replicas', labelSelector: '.status.selector' },
    { ...scale, labelSelector: 'spec.selector' },
  ]) {
    it(`may have the scale ${JSON.stringify(given)}`, () => {
      expect(() => resource({ ...task, scale: given }, store)).to.not.throw();
    });
  }

  for (const [field, value] of [
    ['status', true],
    ['scale', scale],
    ['mutate', (object: unknown) => object],
    ['validate', () => []],
    ['conversion', {}],
  ] as const) {
    it(`is refused for the rows of a projection: ${field}`, () => {
      const message = `resource tasks: ${field}: is for stores and handlers`;
      expect(() => untyped({ ...task, [field]: value }, pods)).to.throw(TypeError, message);
    });
  }

  it('may say of a projection that it has no status subresource', () => {
    expect(() => untyped({ ...task, status: false }, pods)).to.not.throw();
  });

  for (const content of [undefined, null, 'rows']) {
    it(`is refused with ${String(content)} in place of rows`, () => {
      const message = `resource tasks: rows, a store or handlers are needed, not ${String(content)}`;
      expect(() => untyped(task, content)).to.throw(TypeError, message);
    });
  }

  it('is refused when it is none', () => {
    expect(() => untyped(undefined, pods)).to.throw(TypeError, 'resource: the definition is undefined');
  });

  it('is named with a schema that cannot be used', () => {
    const schema = { type: 'object', properties: { spec: {} } };
    expect(() => untyped({ ...task, schema }, store)).to.throw(
      TypeError,
      'resource tasks: the schema cannot be used: schema.properties[spec].type: ',
    );
  });
});
