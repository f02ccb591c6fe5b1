/**
 * Steps of a test against a reference server (apiextensions-apiserver 0.36). Its responses are in reference-answers.jsonl, where
 * ask-reference.ts records them.
 * @module
 */

import type { Schema as OwnSchema } from '../../../../src/server/wire/schema/schema.ts';

/** Keywords that only the reference server uses. */
interface Schema extends OwnSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** The schema of `things`, a resource with all keywords that affect merging, and without a status subresource. */
export const thingSchema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        text: { type: 'string' },
        note: { type: 'string', nullable: true },
        selector: { type: 'object', additionalProperties: { type: 'string' } },
        limits: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
        plain: { type: 'array', items: { type: 'string' } },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        numbers: { type: 'array', items: { type: 'number' }, 'x-kubernetes-list-type': 'set' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port'],
            properties: {
              port: { type: 'integer' },
              protocol: { type: 'string', default: 'TCP' },
              name: { type: 'string' },
            },
          },
        },
        containers: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string' },
              image: { type: 'string' },
              env: {
                type: 'array',
                'x-kubernetes-list-type': 'map',
                'x-kubernetes-list-map-keys': ['name'],
                items: {
                  type: 'object',
                  required: ['name'],
                  properties: { name: { type: 'string' }, value: { type: 'string' } },
                },
              },
            },
          },
        },
        nested: {
          type: 'object',
          properties: {
            left: { type: 'string' },
            right: { type: 'object', properties: { leaf: { type: 'string' }, other: { type: 'string' } } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        anything: { 'x-kubernetes-preserve-unknown-fields': true },
        amount: { 'x-kubernetes-int-or-string': true },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' }, phase: { type: 'string' } } },
  },
};

/** The schema of `opens`, whose objects may have any field. */
export const openSchema: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export interface Step {
  readonly verb: 'create' | 'update' | 'merge' | 'json' | 'apply';
  readonly manager: string;
  readonly force?: true;
  readonly subresource?: 'status';
  /** `metadata.name`, `apiVersion` and `kind` are added; a JSON patch is sent unchanged. */
  readonly body: unknown;
}

export interface Scenario {
  readonly name: string;
  /** `served` is `things` with a status subresource. */
  readonly kind: 'Thing' | 'Open' | 'Served';
  readonly steps: readonly Step[];
}

const create = (manager: string, body: unknown): Step => ({ verb: 'create', manager, body });
const update = (manager: string, body: unknown): Step => ({ verb: 'update', manager, body });
const merge = (manager: string, body: unknown): Step => ({ verb: 'merge', manager, body });
const json = (manager: string, body: unknown): Step => ({ verb: 'json', manager, body });
const apply = (manager: string, body: unknown): Step => ({ verb: 'apply', manager, body });
const force = (manager: string, body: unknown): Step => ({ verb: 'apply', manager, body, force: true });
const status = (step: Step): Step => ({ ...step, subresource: 'status' });
const spec = (content: unknown): unknown => ({ spec: content });

const everything = {
  metadata: {
    labels: { app: 'x', 'example.org/a': 'b' },
    annotations: { note: 'n' },
    finalizers: ['example.org/b', 'example.org/a'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u-1' }],
  },
  spec: {
    replicas: 1,
    text: 't',
    note: null,
    selector: { a: '1', b: '2' },
    limits: { cpu: '1' },
    plain: ['a', 'b'],
    tags: ['b', 'a<c', 'a', 'é'],
    numbers: [10, 2, 1.5],
    ports: [
      { port: 80, protocol: 'UDP', name: 'x' },
      { port: 8080, protocol: 'TCP' },
      { port: 80, protocol: 'TCP' },
    ],
    containers: [{ name: 'b', image: 'i', env: [{ name: 'E', value: 'v' }] }, { name: 'a' }],
    nested: { left: 'l', right: { leaf: 'x' } },
    free: { m: { n: 1, list: [1, 2], empty: {}, none: [] }, s: 's' },
    anything: [1, { a: 1 }],
    amount: '10%',
    template: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', labels: { l: '1' } },
      spec: { containers: [{ name: 'c' }] },
    },
  },
  status: { ready: true, phase: 'P' },
};

export const scenarios: readonly Scenario[] = [
  { name: 'create sets everything', kind: 'Thing', steps: [create('m', everything)] },
  { name: 'apply creates with everything', kind: 'Thing', steps: [apply('m', everything), apply('m', everything)] },
  { name: 'create of an open object', kind: 'Open', steps: [create('m', everything)] },
  { name: 'apply of an open object', kind: 'Open', steps: [apply('m', everything), apply('m', everything)] },
  {
    name: 'create with empty containers',
    kind: 'Thing',
    steps: [
      create('m', {
        metadata: { labels: {}, finalizers: [] },
        spec: { selector: {}, limits: {}, plain: [], tags: [], ports: [], nested: {}, free: {}, anything: {} },
      }),
    ],
  },
  {
    name: 'apply with empty containers',
    kind: 'Thing',
    steps: [
      apply('m', {
        metadata: { labels: {}, finalizers: [] },
        spec: { selector: {}, limits: {}, plain: [], tags: [], ports: [], nested: {}, free: {}, anything: {} },
      }),
      apply('m', spec({ selector: { a: '1' }, tags: ['a'], nested: { left: 'x' } })),
      apply('m', spec({ selector: {}, tags: [], nested: {} })),
      apply('m', {}),
    ],
  },
  {
    name: 'updates move ownership of what they change',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1, text: 't', selector: { a: '1', b: '2' } })),
      update('two', spec({ replicas: 2, text: 't', selector: { a: '1', b: '2' } })),
      merge('three', spec({ selector: { b: null, c: '3' } })),
      json('four', [{ op: 'replace', path: '/spec/text', value: 'u' }]),
      merge('four', spec({ replicas: 4 })),
      merge('five', spec({ selector: null, replicas: null })),
    ],
  },
  {
    name: 'an update without a change changes nothing',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1 })),
      merge('two', spec({ replicas: 1 })),
      update('one', spec({ replicas: 1 })),
      update('one', spec({ replicas: 1, text: 'x' })),
    ],
  },
  {
    name: 'updates of lists',
    kind: 'Thing',
    steps: [
      create('one', spec({ plain: ['a'], tags: ['a', 'b'], containers: [{ name: 'a', image: '1' }, { name: 'b' }] })),
      update(
        'two',
        spec({ plain: ['a', 'b'], tags: ['b', 'c'], containers: [{ name: 'c' }, { name: 'a', image: '2' }] }),
      ),
      update(
        'three',
        spec({ plain: ['a', 'b'], tags: ['c', 'b'], containers: [{ name: 'a', image: '2' }, { name: 'c' }] }),
      ),
      update('four', spec({ plain: [], tags: [], containers: [] })),
    ],
  },
  {
    name: 'one conflict with an updater',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1, text: 't' })),
      apply('two', spec({ replicas: 2 })),
      force('two', spec({ replicas: 2 })),
    ],
  },
  {
    name: 'conflicts with several managers',
    kind: 'Thing',
    steps: [
      create('updater', spec({ replicas: 1, text: 't', tags: ['x'] })),
      apply(
        'applier',
        spec({ selector: { a: '1', b: '2' }, containers: [{ name: 'c', image: 'i' }], limits: { cpu: '1' } }),
      ),
      merge('patcher', spec({ nested: { left: 'l' } })),
      apply(
        'three',
        spec({
          replicas: 2,
          text: 'u',
          selector: { a: '2', b: '3', c: '4' },
          nested: { left: 'm' },
          containers: [{ name: 'c', image: 'j' }],
          limits: { cpu: '2' },
        }),
      ),
      apply('three', spec({ selector: { a: '2' } })),
      apply('three', spec({ selector: { a: '2', b: '3' } })),
      force(
        'three',
        spec({
          replicas: 2,
          text: 'u',
          selector: { a: '2', b: '3', c: '4' },
          nested: { left: 'm' },
          containers: [{ name: 'c', image: 'j' }],
          limits: { cpu: '2' },
        }),
      ),
    ],
  },
  {
    name: 'equal values are shared',
    kind: 'Thing',
    steps: [
      create('updater', spec({ replicas: 1, text: 't' })),
      apply('one', spec({ replicas: 1 })),
      apply('two', spec({ replicas: 1, text: 't' })),
      apply('one', spec({ replicas: 2 })),
      apply('two', spec({ text: 't' })),
      apply('one', spec({ replicas: 2 })),
      force('one', spec({ replicas: 2 })),
      apply('one', {}),
    ],
  },
  {
    name: 'fields no longer applied are removed unless others own them',
    kind: 'Thing',
    steps: [
      apply('one', {
        metadata: { labels: { a: '1', b: '2' } },
        spec: { replicas: 1, text: 't', selector: { a: '1', b: '2' }, limits: { cpu: '1' }, plain: ['x'] },
      }),
      apply('two', { metadata: { labels: { a: '1' } }, spec: { text: 't', selector: { a: '1' } } }),
      merge('three', spec({ selector: { z: '9' } })),
      apply('one', { spec: { replicas: 1 } }),
      apply('two', {}),
      apply('one', {}),
    ],
  },
  {
    name: 'map lists are merged by key',
    kind: 'Thing',
    steps: [
      apply(
        'one',
        spec({
          containers: [
            { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
            { name: 'b', image: '1' },
          ],
        }),
      ),
      apply(
        'two',
        spec({
          containers: [
            { name: 'c', image: '1' },
            { name: 'a', env: [{ name: 'Y', value: '2' }] },
          ],
        }),
      ),
      apply(
        'one',
        spec({
          containers: [
            { name: 'b', image: '2' },
            { name: 'a', image: '1' },
          ],
        }),
      ),
      apply('one', spec({ containers: [{ name: 'b', image: '2' }] })),
      apply('two', spec({ containers: [{ name: 'b' }, { name: 'a' }] })),
      apply('one', {}),
      apply('two', {}),
    ],
  },
  {
    name: 'the order of merged lists',
    kind: 'Thing',
    steps: [
      create('one', spec({ tags: ['a', 'b', 'c', 'd', 'e'], numbers: [1, 2, 3] })),
      apply('two', spec({ tags: ['e', 'x', 'b'], numbers: [4, 1] })),
      apply('three', spec({ tags: ['d', 'y', 'a', 'z'], numbers: [3, 2, 1] })),
      apply('two', spec({ tags: ['b', 'x'], numbers: [] })),
    ],
  },
  {
    name: 'keys with several fields and a default',
    kind: 'Thing',
    steps: [
      apply('one', spec({ ports: [{ port: 80 }, { port: 80, protocol: 'UDP', name: 'u' }] })),
      apply('two', spec({ ports: [{ port: 80, protocol: 'TCP', name: 'web' }] })),
      apply('one', spec({ ports: [{ port: 80, name: 'other' }] })),
      apply('one', spec({ ports: [{ port: 80, protocol: 'UDP' }] })),
    ],
  },
  {
    name: 'atomic maps and lists are one field',
    kind: 'Thing',
    steps: [
      apply('one', spec({ limits: { cpu: '1' }, plain: ['a'] })),
      apply('two', spec({ limits: { cpu: '1' }, plain: ['a'] })),
      apply('two', spec({ limits: { cpu: '1', memory: '1' }, plain: ['a', 'b'] })),
      force('two', spec({ limits: { memory: '1' }, plain: ['b'] })),
      apply('two', {}),
    ],
  },
  {
    name: 'metadata has known types',
    kind: 'Thing',
    steps: [
      apply('one', {
        metadata: {
          labels: { a: '1' },
          annotations: { a: '1' },
          finalizers: ['example.org/a'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u-1' }],
        },
      }),
      apply('two', {
        metadata: {
          labels: { b: '1' },
          finalizers: ['example.org/b'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'd', uid: 'u-2' }],
        },
      }),
      apply('two', {
        metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'u-1' }] },
      }),
      apply('one', { metadata: { labels: { b: '1' } } }),
      apply('one', {}),
    ],
  },
  {
    name: 'what is null',
    kind: 'Thing',
    steps: [
      create('one', spec({ note: 'n', replicas: 1 })),
      apply('two', spec({ note: null })),
      force('two', spec({ note: null })),
      force('two', spec({ note: 'x', selector: null, tags: null })),
      force('two', spec({ note: null })),
    ],
  },
  {
    name: 'values that change their type',
    kind: 'Open',
    steps: [
      create('one', { spec: { a: { b: 1 }, c: [1], d: 's' } }),
      merge('two', { spec: { a: 'text', c: { x: 1 } } }),
      apply('three', { spec: { d: { e: 1 } } }),
      force('three', { spec: { d: { e: 1 }, c: [2] } }),
      json('four', [{ op: 'replace', path: '/spec/d', value: [] }]),
      apply('three', { spec: {} }),
    ],
  },
  {
    name: 'open objects have granular maps and atomic lists',
    kind: 'Open',
    steps: [
      apply('one', { spec: { a: { x: 1 }, list: [{ name: 'a' }] } }),
      apply('two', { spec: { a: { y: 1 }, list: [{ name: 'b' }] } }),
      apply('two', { spec: { a: { y: 1, z: {} } }, top: 1 }),
      apply('one', { spec: {} }),
      apply('two', {}),
    ],
  },
  {
    name: 'free fields inside a schema',
    kind: 'Thing',
    steps: [
      apply('one', spec({ free: { a: { x: 1 }, l: [1] }, anything: { q: 1 }, amount: 5 })),
      apply('two', spec({ free: { a: { y: 1 } }, anything: { r: 1 }, amount: 5 })),
      apply('two', spec({ free: { l: [2] }, anything: 'text', amount: '5%' })),
      force('two', spec({ free: { l: [2] }, anything: 'text', amount: '5%' })),
      apply('one', {}),
      apply('two', {}),
    ],
  },
  {
    name: 'embedded resources',
    kind: 'Thing',
    steps: [
      apply(
        'one',
        spec({
          template: {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { labels: { a: '1' }, finalizers: ['x'] },
            spec: { l: [1] },
          },
        }),
      ),
      apply(
        'two',
        spec({ template: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { b: '1' }, finalizers: ['y'] } } }),
      ),
      apply('one', {}),
    ],
  },
  {
    name: 'the status of a resource with a status subresource',
    kind: 'Served',
    steps: [
      create('one', { spec: { replicas: 1 }, status: { ready: true } }),
      status(merge('two', { metadata: { labels: { a: '1' } }, spec: { replicas: 9 }, status: { phase: 'P' } })),
      status(apply('three', { spec: { replicas: 9 }, status: { phase: 'Q' } })),
      status({ ...force('three', { status: { phase: 'Q' } }) }),
      apply('three', { spec: { replicas: 1 }, status: { ready: false } }),
      apply('four', { spec: { replicas: 2 }, status: { phase: 'R' } }),
      status(apply('four', { status: { phase: 'R' } })),
      merge('five', { status: { phase: 'Z' } }),
      status(apply('three', { status: {} })),
    ],
  },
  {
    name: 'status without a status subresource is a field like any other',
    kind: 'Thing',
    steps: [create('one', { status: { ready: true } }), apply('two', { status: { ready: false } })],
  },
  {
    name: 'at most ten update managers',
    kind: 'Thing',
    steps: [
      create('m00', spec({ selector: { m00: '1' } })),
      ...Array.from({ length: 12 }, (_, index) => {
        const name = `m${String(index + 1).padStart(2, '0')}`;
        return merge(name, spec({ selector: { [name]: '1' } }));
      }),
      apply('zz', spec({ replicas: 1 })),
      merge('m00', spec({ selector: { m00: '2' } })),
    ],
  },
  {
    name: 'managedFields sent along',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1 })),
      merge('two', { metadata: { managedFields: [{}] } }),
      merge('two', spec({ replicas: 2 })),
      apply('three', spec({ text: 't' })),
      apply('three', spec({ replicas: 3 })),
      merge('two', {
        metadata: {
          managedFields: [
            {
              manager: 'made-up',
              operation: 'Apply',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: { 'f:spec': { 'f:text': {} } },
            },
          ],
        },
      }),
      merge('two', { metadata: { managedFields: [{ manager: 'bad', operation: 'Other' }] } }),
      merge('two', { metadata: { managedFields: [] } }),
    ],
  },
  {
    name: 'configurations that do not fit the schema',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1 })),
      apply('two', spec({ unknown: 1 })),
      apply('two', spec({ replicas: 'text' })),
      apply('two', spec({ tags: ['a', 'a'] })),
      apply('two', spec({ containers: [{ image: 'x' }] })),
      apply('two', spec({ containers: [{ name: 'a' }, { name: 'a' }] })),
      apply('two', spec({ selector: 'text', unknown: 1 })),
      apply('two', spec({ tags: 'text' })),
      apply('two', spec({ nested: { right: { wrong: 1 } } })),
      apply('two', spec({ tags: [{ a: 1 }] })),
      apply('two', spec({ selector: { a: 1, b: true } })),
      apply('two', { metadata: { managedFields: [] } }),
      apply('two', { metadata: { labels: { a: 1 } } }),
      apply('two', { metadata: { unknown: 1 } }),
    ],
  },
  {
    name: 'duplicates in a live set or map',
    kind: 'Thing',
    steps: [
      apply('one', spec({ selector: { a: '1' } })),
      apply('one', spec({ selector: { a: '1', b: '2' }, nested: { left: 'x', right: { leaf: 'y' } } })),
      merge('two', spec({ nested: { right: null } })),
      apply('one', spec({ nested: { left: 'x' } })),
      merge('two', spec({ nested: { right: { other: 'o' } } })),
      apply('one', spec({ nested: {} })),
      merge('one', spec({ nested: { right: { other: 'p' } } })),
    ],
  },
  {
    name: 'the same manager updates and applies',
    kind: 'Thing',
    steps: [
      create('one', spec({ replicas: 1, text: 't' })),
      apply('one', spec({ replicas: 1 })),
      apply('one', spec({ replicas: 2 })),
      force('one', spec({ replicas: 2 })),
      merge('one', spec({ replicas: 3 })),
      apply('one', spec({ replicas: 3 })),
      apply('one', {}),
    ],
  },
  {
    name: 'an empty map without a manager is removed by the last manager that applied it',
    kind: 'Thing',
    steps: [
      apply('one', spec({ selector: { a: '1' } })),
      update('one', spec({ selector: {}, nested: {} })),
      apply('m', {}),
      apply('m', spec({ selector: {} })),
      apply('m', {}),
    ],
  },
  {
    name: 'an empty map without a manager is removed with the members that were applied',
    kind: 'Thing',
    steps: [
      apply('one', spec({ selector: { a: '1' }, nested: { left: 'l' }, text: 't' })),
      update('one', spec({ selector: {}, nested: {}, text: 't' })),
      apply('m', spec({ selector: { b: '2' }, nested: { right: { leaf: 'x' } } })),
      apply('m', {}),
    ],
  },
  {
    name: 'empty lists without a manager are removed with the items that were applied',
    kind: 'Thing',
    steps: [
      apply('one', spec({ tags: ['a'], containers: [{ name: 'a', env: [{ name: 'X' }] }], ports: [{ port: 80 }] })),
      update('one', spec({ tags: [], containers: [{ name: 'a', env: [] }], ports: [] })),
      apply('m', spec({ tags: [], containers: [{ name: 'a', env: [] }], ports: [] })),
      apply('m', {}),
      apply('m', spec({ tags: ['b'], containers: [{ name: 'a', env: [{ name: 'Y' }] }], ports: [{ port: 81 }] })),
      apply('m', {}),
    ],
  },
  {
    name: 'an empty object without a manager is removed with everything that was applied',
    kind: 'Thing',
    steps: [
      apply('one', { metadata: { labels: { a: '1' } }, spec: { text: 't' } }),
      update('one', { metadata: { labels: { a: '1' } }, spec: {} }),
      apply('m', spec({ text: 't' })),
      apply('m', {}),
    ],
  },
  {
    name: 'empty maps and lists with a manager remain',
    kind: 'Thing',
    steps: [
      create('one', spec({ selector: {}, nested: {}, tags: [], containers: [{ name: 'a', env: [] }] })),
      apply('m', spec({ selector: {}, nested: {}, tags: [], containers: [{ name: 'a', env: [] }] })),
      apply('m', {}),
      apply(
        'm',
        spec({ selector: { a: '1' }, nested: { left: 'l' }, containers: [{ name: 'a', env: [{ name: 'X' }] }] }),
      ),
      apply('m', {}),
    ],
  },
  {
    name: 'empty atomic maps and lists always have a manager',
    kind: 'Thing',
    steps: [
      apply('one', spec({ limits: { cpu: '1' }, plain: ['a'] })),
      update('one', spec({ limits: {}, plain: [] })),
      apply('m', spec({ limits: {}, plain: [] })),
      apply('m', {}),
    ],
  },
  {
    name: 'empty maps of an open object always have a manager',
    kind: 'Open',
    steps: [
      apply('one', { spec: { a: { b: 1 }, c: [1] } }),
      update('one', { spec: { a: {}, c: [] } }),
      apply('m', { spec: { a: {}, c: [] } }),
      apply('m', {}),
    ],
  },
  {
    name: 'an empty list of another manager is lost with the map that contains only it',
    kind: 'Thing',
    steps: [
      create('one', { metadata: { labels: { a: '1' } }, spec: { tags: [] } }),
      apply('m', spec({ tags: [], free: {} })),
      apply('m', {}),
    ],
  },
];
