/** Explicit nulls in the configuration of a server-side apply. */
import { expect } from 'chai';
import { CustomRig, TASK, task, TASKS } from './custom-rig.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        mode: { type: 'string', enum: ['fast', 'slow'] },
        priority: { type: 'integer', default: 3 },
        owner: { type: 'string', nullable: true },
        notes: { type: 'object', additionalProperties: { type: 'string' } },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        parts: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, size: { type: 'integer' } },
          },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' }, replicas: { type: 'integer' } } },
  },
} as const;

describe('an apply with an explicit null', () => {
  let rig: CustomRig;
  beforeEach(() => {
    rig = new CustomRig({ ...TASK, schema: SCHEMA });
  });
  afterEach(() => rig.close());

  const apply = (content: object, path = `${TASKS}/a?fieldManager=one`): ReturnType<CustomRig['send']> =>
    rig.send('PATCH', path, { ...task('a'), ...content }, { 'Content-Type': 'application/apply-patch+yaml' });

  // The results of a kube-apiserver of Kubernetes 1.36.
  for (const [title, spec, expected] of [
    ['a text', { title: null }, 'spec.title in body must be of type string: "null"'],
    ['an enumeration', { mode: null }, 'Unsupported value: null: supported values: "fast", "slow"'],
    ['a map', { notes: null }, 'spec.notes in body must be of type object: "null"'],
    ['a value of a map', { notes: { a: null } }, 'spec.notes.a in body must be of type string: "null"'],
    ['a set', { tags: null }, 'spec.tags in body must be of type array: "null"'],
    ['a list of maps', { parts: null }, 'spec.parts in body must be of type array: "null"'],
    [
      'a field of an item',
      { parts: [{ name: 'a', size: null }] },
      'spec.parts[0].size in body must be of type integer',
    ],
    ['an open map', { open: null }, 'spec.open in body must be of type object: "null"'],
    ['a nullable field', { owner: null }, { owner: null, priority: 3 }],
    ['a field of an open map', { open: { a: null } }, { open: { a: null }, priority: 3 }],
  ] as const) {
    for (const isNew of [true, false]) {
      it(`for ${title} ${typeof expected === 'string' ? 'is refused' : 'is kept or defaulted'}, ${isNew ? 'on create' : 'on an existing object'}`, async () => {
        if (!isNew) await rig.send('POST', TASKS, task('a', {}));
        const { status, body } = await apply({ spec });
        if (typeof expected === 'string') {
          expect(status).to.equal(422);
          expect(body.message).to.contain(expected);
          expect((await rig.send('GET', `${TASKS}/a`)).status).to.equal(isNew ? 404 : 200);
        } else {
          expect([status, body.spec]).to.deep.equal([isNew ? 201 : 200, expected]);
        }
      });
    }
  }

  it('for a field with a default sets the default, unless another manager has set it', async () => {
    const created = await apply({ spec: { priority: null } });
    expect([created.status, created.body.spec]).to.deep.equal([201, { priority: 3 }]);
    await rig.merge(`${TASKS}/a`, { spec: { priority: 4 } });
    expect((await apply({ spec: { priority: null } })).status).to.equal(409);
  });

  it('for the spec is refused if it would create the object, and otherwise changes nothing', async () => {
    expect((await apply({ spec: null })).status).to.equal(422);
    await rig.send('POST', TASKS, task('a', { title: 'a' }));
    const { status, body } = await apply({ spec: null });
    expect([status, body.spec]).to.deep.equal([200, { title: 'a', priority: 3 }]);
  });

  for (const [title, before, after] of [
    ['its own field', { mode: 'fast' }, { mode: null }],
    ['its own map', { notes: { a: '1' } }, { notes: null }],
    ['its own set', { tags: ['a'] }, { tags: null }],
    ['its own list', { parts: [{ name: 'a' }] }, { parts: null }],
  ] as const) {
    it(`for ${title} is refused`, async () => {
      await apply({ spec: before });
      expect((await apply({ spec: after })).status).to.equal(422);
      expect((await rig.send('GET', `${TASKS}/a`)).body.spec).to.deep.include(before);
    });
  }

  it('in a status is refused, but a status of null counts as absent', async () => {
    await rig.send('POST', TASKS, task('a', {}));
    const path = `${TASKS}/a/status?fieldManager=one`;
    expect((await apply({ spec: {}, status: { phase: null } }, path)).status).to.equal(422);
    const { status, body } = await apply({ spec: {}, status: null }, path);
    expect([status, 'status' in body]).to.deep.equal([200, false]);
  });

  it('leaves an empty map if the configuration empties the map without a null', async () => {
    await apply({ spec: { notes: { a: '1' } } });
    const { status, body } = await apply({ spec: { notes: {} } });
    expect([status, body.spec]).to.deep.equal([200, { notes: {}, priority: 3 }]);
  });

  for (const metadata of [null, undefined, {}, { name: null }]) {
    it(`for the name (metadata: ${JSON.stringify(metadata)}) needs an existing object`, async () => {
      expect((await apply({ metadata, spec: {} })).status).to.equal(400);
      await rig.send('POST', TASKS, task('a', {}));
      expect((await apply({ metadata, spec: { title: 'b' } })).body.spec).to.deep.equal({ title: 'b', priority: 3 });
    });
  }
});

describe('an update with an explicit null', () => {
  it('removes the field, in every other kind of write', async () => {
    const rig = new CustomRig({ ...TASK, schema: SCHEMA });
    try {
      const created = await rig.send('POST', TASKS, task('a', { title: null, notes: null, mode: 'fast' }));
      expect(created.body.spec).to.deep.equal({ mode: 'fast', priority: 3 });
      const updated = await rig.send('PUT', `${TASKS}/a`, { ...created.body, spec: { mode: null } });
      expect(updated.body.spec).to.deep.equal({ priority: 3 });
    } finally {
      await rig.close();
    }
  });
});
