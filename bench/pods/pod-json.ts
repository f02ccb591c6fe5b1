/**
 * The JSON of any number of real-sized pods. The forms come from pods of real clusters beside the checkout, or from the generator of the
 * demo where they are missing. Each pod gets its own name, namespace, uid, node and IP.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { V1Pod } from '../../src/informers/index.ts';
import { seedObjects } from '../../src/testing/index.ts';

/** The pods of real clusters. The checkout does not contain them. */
export const REAL_PODS = resolve(import.meta.dirname, '../../../shared/data/real-objects/pods');
/** The number of forms from the generator. */
const GENERATED_FORMS = 36;
/** A label with the last digit of the number of a pod, so that a selector finds a tenth of the pods. */
export const TENTH_LABEL = 'bench.example.com/tenth';
/** An annotation with the number of changes of a pod. */
export const CHANGES_ANNOTATION = 'bench.example.com/changes';
/** Texts of a form that differ from pod to pod. JSON does not escape them. */
const PLACES = ['@name@', '@namespace@', '@uid@', '@version@', '@tenth@', '@changes@', '@node@', '@ip@'] as const;

/** The size of a set of pods. */
export interface PodSet {
  readonly pods: number;
  readonly namespaces: number;
  readonly nodes: number;
}

/** Returns where the forms of the pods come from, for the report. */
export function podOrigin(): string {
  return existsSync(REAL_PODS) ? 'pods of real clusters' : 'pods of the demo (the pods of real clusters are missing)';
}

/** The name and namespace of a pod. */
export interface PodName {
  readonly name: string;
  readonly namespace: string;
}

export class PodJson {
  readonly #set: PodSet;
  readonly #forms: readonly (readonly string[])[];
  readonly #names: readonly string[];

  constructor(set: PodSet) {
    this.#set = set;
    const pods = forms();
    this.#names = pods.map((pod) => (pod.metadata?.name ?? 'pod').slice(0, 40).toLowerCase());
    this.#forms = pods.map((pod) => piecesOf(JSON.stringify(placed(pod))));
  }

  nameOf(index: number): PodName {
    const name = `${this.#names[index % this.#names.length] ?? 'pod'}-${index.toString(36).padStart(4, '0')}`;
    return { name, namespace: `team-${index % this.#set.namespaces}` };
  }

  /**
   * Returns the JSON of a pod without `kind` and `apiVersion`, as an item of a list.
   * @param changes the number of its changes, which is part of its annotations
   */
  of(index: number, version: number, changes: number): Buffer {
    const { name, namespace } = this.nameOf(index);
    const places: Record<string, string> = {
      '@name@': name,
      '@namespace@': namespace,
      '@uid@': `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
      '@version@': String(version),
      '@tenth@': String(index % 10),
      '@changes@': String(changes),
      '@node@': nodeName(index % this.#set.nodes),
      '@ip@': `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    };
    const form = this.#forms[index % this.#forms.length] ?? [];
    return Buffer.from(form.map((piece, n) => (n % 2 === 0 ? piece : places[piece])).join(''));
  }
}

export function nodeName(index: number): string {
  return `node-${String(index).padStart(4, '0')}`;
}

function forms(): readonly V1Pod[] {
  if (existsSync(REAL_PODS)) {
    return readdirSync(REAL_PODS)
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .map((file) => JSON.parse(readFileSync(join(REAL_PODS, file), 'utf8')) as V1Pod);
  }
  const at = Date.parse('2026-01-01T00:00:00Z');
  const pods = [...seedObjects({ pods: GENERATED_FORMS, at })].filter(({ resource }) => resource === 'pods');
  return pods.map(({ object }) => object as unknown as V1Pod);
}

/** Returns a pod with places for the values that differ from pod to pod. */
function placed({ metadata, spec, status }: V1Pod): object {
  return {
    metadata: {
      ...metadata,
      name: '@name@',
      namespace: '@namespace@',
      uid: '@uid@',
      resourceVersion: '@version@',
      labels: { ...metadata?.labels, [TENTH_LABEL]: '@tenth@' },
      annotations: { ...metadata?.annotations, [CHANGES_ANNOTATION]: '@changes@' },
    },
    spec: { ...spec, nodeName: '@node@' },
    status: { ...status, podIP: '@ip@', podIPs: [{ ip: '@ip@' }] },
  };
}

/** Splits a text at its places. Pieces with an odd index are places. */
function piecesOf(text: string): readonly string[] {
  return text.split(new RegExp(`(${PLACES.join('|')})`));
}
