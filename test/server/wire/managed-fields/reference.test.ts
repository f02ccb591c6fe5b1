import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { apply, ConfigTypeError } from '../../../../src/server/wire/managed-fields/apply.ts';
import { applyConflict } from '../../../../src/server/wire/managed-fields/take-over.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import { managedAfterUpdate } from '../../../../src/server/wire/managed-fields/managed-after-update.ts';
import type { ManagedFieldsEntry } from '../../../../src/server/wire/managed-fields/managers.ts';
import { managedFieldsToStartFrom, resetFieldsOf } from '../../../../src/server/wire/managed-fields/request.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import { mergePatch } from '../../../../src/server/wire/patch.ts';
import { openSchema, scenarios, thingSchema, type Scenario, type Step } from './scenarios.ts';

interface RecordedEntry extends Omit<ManagedFieldsEntry, 'time'> {
  /** The step at whose time the entry was written. */
  readonly time?: number;
}
interface Recorded {
  readonly scenario: string;
  readonly object?: JsonObject;
  readonly managedFields?: readonly RecordedEntry[];
  readonly status?: {
    readonly code: number;
    readonly message: string;
    readonly details: { readonly causes: readonly { readonly field: string }[] };
  };
}

/** One response on each line, in the order of the steps. */
const answers = Map.groupBy(
  readFileSync(new URL('reference-answers.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded),
  ({ scenario }) => scenario,
);

const group = 'managed.test.example.org';
const apiVersion = `${group}/v1`;
const schemas: Readonly<Record<Scenario['kind'], Schema>> = {
  Thing: thingSchema,
  Served: thingSchema,
  Open: openSchema,
};

const timeOf = (step: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, step)).toISOString().replace('.000Z', 'Z');
const entriesOf = (recorded: Recorded | undefined): readonly ManagedFieldsEntry[] =>
  (recorded?.managedFields ?? []).map(({ time, ...entry }) =>
    time === undefined ? entry : { ...entry, time: timeOf(time) },
  );

/** Applies the later changes of the reference server to an applied object: the one default of the schema, and system metadata. */
const comparable = (object: JsonObject): JsonObject => {
  const { metadata, ...rest } = JSON.parse(JSON.stringify(object)) as {
    metadata?: JsonObject;
    spec?: { ports?: JsonObject[] };
  };
  const {
    generation: _,
    uid: _uid,
    creationTimestamp: _created,
    resourceVersion: _version,
    ...others
  } = metadata ?? {};
  const meta: Record<string, unknown> = others;
  for (const list of ['finalizers', 'labels', 'annotations', 'ownerReferences']) {
    if (meta[list] !== undefined && Object.keys(meta[list] as object).length === 0) {
      delete meta[list];
    }
  }
  const ports = rest.spec?.ports?.map((port) => ({ protocol: 'TCP', ...port }));
  return { ...rest, ...(ports === undefined ? {} : { spec: { ...rest.spec, ports } }), metadata: meta };
};

const request = ({ kind }: Scenario, { manager, subresource }: Step, step: number) => ({
  manager,
  subresource,
  apiVersion,
  time: timeOf(step),
  schema: schemas[kind],
  resetFields: resetFieldsOf(subresource, kind === 'Served'),
});

/** Differences from upstream. It leaves null in the place of a map without members; the null is stored, or rejected with a 422. */
const emptied: Readonly<Record<string, Readonly<Record<number, JsonObject>>>> = {
  'empty maps and lists with a manager remain': {
    4: { selector: {}, nested: {}, tags: [], containers: [{ name: 'a', env: [] }] },
  },
  'apply with empty containers': { 2: { selector: {}, nested: {}, ports: [] } },
  'open objects have granular maps and atomic lists': { 4: {} },
  'the status of a resource with a status subresource': { 8: { replicas: 1 } },
};

describe('managedFields of a reference server', () => {
  for (const [scenarioIndex, scenario] of scenarios.entries()) {
    it(scenario.name, () => {
      const recordedSteps = answers.get(scenario.name) ?? [];
      expect(recordedSteps).to.have.length(scenario.steps.length);
      let live: Recorded | undefined;
      for (const [index, step] of scenario.steps.entries()) {
        const recorded = recordedSteps[index];
        if (recorded === undefined) {
          throw new Error('the reference server has no response for this step');
        }
        const at = `step ${index}`;
        const options = request(scenario, step, index);
        if (step.verb === 'apply') {
          const body = step.body as { metadata?: object };
          const name = `s${scenarioIndex}`;
          const config = { apiVersion, kind: scenario.kind, ...body, metadata: { name, ...body.metadata } };
          const outcome = (): ReturnType<typeof apply> =>
            apply({ ...options, live: live?.object, config, managed: entriesOf(live), force: step.force });
          const known = emptied[scenario.name]?.[index];
          if (known !== undefined) {
            const { object } = outcome() as { object: JsonObject };
            expect(object['spec'], at).to.deep.equal(known);
          } else if (recorded.status?.code === 500) {
            expect(outcome, at).to.throw(ConfigTypeError);
          } else if (recorded.status?.code === 409) {
            const { conflicts } = outcome();
            const { message, code, details } = applyConflict(conflicts ?? []).status;
            expect({ message, code }, at).to.deep.equal({ message: recorded.status.message, code: 409 });
            expect(details?.causes, at).to.have.deep.members([...recorded.status.details.causes]);
          } else if (recorded.object !== undefined) {
            const { object, managedFields, conflicts } = outcome() as Extract<
              ReturnType<typeof apply>,
              { object: JsonObject }
            >;
            expect(conflicts, at).to.equal(undefined);
            // A request that does not write the status does not change it.
            const isReset = scenario.kind === 'Served' && step.subresource === undefined;
            const stored = isReset ? { ...object, status: live?.object?.['status'] } : object;
            expect(comparable(stored), at).to.deep.equal(comparable(recorded.object));
            expect(JSON.stringify(managedFields), at).to.equal(JSON.stringify(entriesOf(recorded)));
          }
        } else if (recorded.object !== undefined) {
          const stored = { ...live?.object, metadata: { managedFields: entriesOf(live) } };
          const sent = step.verb === 'merge' ? (mergePatch(stored, step.body) as JsonObject) : step.body;
          const managed = managedFieldsToStartFrom(stored, sent, step.subresource);
          const entries = managedAfterUpdate({ ...options, before: live?.object, after: recorded.object, managed });
          expect(JSON.stringify(entries), at).to.equal(JSON.stringify(entriesOf(recorded)));
        }
        live = recorded.object === undefined ? live : recorded;
      }
    });
  }
});
