/** The pods of the property, the served projection, and an independent implementation of it that gives the expected rows. */
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/index.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { rowUid } from '../../../src/projections/uid.ts';
import { type Resource, resource } from '../../../src/server/index.ts';
import { unreachable } from '../../../src/unreachable.ts';
import type { CompleteObject } from '../../../src/server/wire/writes/complete-object.ts';

export const GROUP = 'example.com';
export const PATH = `/apis/${GROUP}/v1`;
const KIND = 'Rank';
export const PLURAL = 'ranks';

export const KEYS = ['default/a', 'default/b', 'kube-public/a', 'kube-public/c', 'kube-public/d'] as const;
/** A pod without a row. */
export const HIDDEN = 'default/hidden';

/** Values with different rows, with equal rows (13 and 15), with a matching selector (20 and more), filtered out (0), or throwing (-1). */
export const VALUES = [13, 15, 18, 25, 31, 0, -1] as const;

interface Rank {
  readonly metadata: ReturnType<typeof identity>;
  readonly status: { readonly rank: number };
  readonly note: string;
}

/** A pod with a value. @param noteLength the size of the note in its row */
export function podOf(key: string, value: number, noteLength = 0): V1Pod & { metadata: object } {
  const [namespace = '', name = ''] = key.split('/');
  return {
    metadata: {
      namespace,
      name,
      labels: { tier: value >= 20 ? 'web' : 'db' },
      annotations: { value: String(value), note: 'n'.repeat(noteLength) },
    },
    spec: { containers: [] },
  };
}

/** The resource that every replica serves. */
export function ranks(pods: Collection<V1Pod>, logEntries: number): Resource {
  const rows = pods.pipe(
    filter((pod) => pod.metadata?.annotations?.['value'] !== '0'),
    map((pod): Rank => {
      const value = Number(pod.metadata?.annotations?.['value']);
      if (value < 0) throw new Error('no rank');
      return {
        metadata: identity(pod),
        status: { rank: Math.floor(value / 10) },
        note: pod.metadata?.annotations?.['note'] ?? '',
      };
    }),
  );
  return resource(
    {
      kind: KIND,
      plural: PLURAL,
      namespaced: true,
      columns: [{ name: 'Rank', type: 'integer', value: (row) => row.status.rank }],
      selectableFields: ['status.rank'],
      log: { entries: logEntries },
    },
    rows,
  );
}

/** The representation of rows that a client requests. */
export type Form = 'object' | 'partial' | 'table';

/** The options of a client's requests. */
export interface Request {
  readonly form: Form;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** JSON with sorted fields and without the resourceVersion, which may differ between equal rows. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (key === 'resourceVersion') return undefined;
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The expected row of a pod for a request, as {@link canonical} JSON. Undefined if the pod has no row. */
export function contentOf(
  pod: CompleteObject,
  { form, namespace, labelSelector, fieldSelector }: Request,
): string | undefined {
  const { annotations, labels, name, namespace: home = '', creationTimestamp, uid } = pod.metadata;
  const value = Number(annotations?.['value']);
  if (value <= 0) return undefined;
  const rank = Math.floor(value / 10);
  if (namespace !== undefined && namespace !== home) return undefined;
  if (labelSelector !== undefined && labelSelector !== `tier=${labels?.['tier']}`) return undefined;
  const fields = [`status.rank=${rank}`, `metadata.name=${name}`];
  if (fieldSelector !== undefined && !fields.includes(fieldSelector)) return undefined;
  const metadata = {
    name,
    namespace: home,
    labels,
    creationTimestamp,
    uid: rowUid(GROUP, KIND, `${home}/${name}`, uid),
  };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  switch (form) {
    case 'object':
      return canonical({
        kind: KIND,
        apiVersion: `${GROUP}/v1`,
        metadata,
        status: { rank },
        note: annotations?.['note'],
      });
    case 'partial':
      return canonical(partial);
    case 'table':
      return canonical({ cells: [name, rank], object: partial });
    default:
      return unreachable(form);
  }
}
