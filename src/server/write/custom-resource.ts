/**
 * The writable side of a custom resource: its rules, its writer, and the rows of written objects.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Row } from '../../projections/row.ts';
import type { ContentRules } from '../define/content.ts';
import type { ScaleDefinition } from '../define/custom-definition.ts';
import type { RequestContext } from '../define/request-context.ts';
import { turnAfter } from '../read/turns.ts';
import type { KubernetesObject } from '../wire/object.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { badRequest } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import { timestampOf } from '../wire/writes/object-writes.ts';
import type { WriteOptions } from '../wire/writes/write-options.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import type { FieldManagement } from './field-management.ts';
import { validateFields } from './field-validation.ts';
import type { LiveNamespaces } from './live-namespaces.ts';
import { ObjectWriter, type WriteOutcome, type ObjectWrite } from './object-writer.ts';
import type { OpenedStore } from './opened-store.ts';
import { readObject, requireName } from './read-object.ts';
import { requireSameObject, newFromConfiguration } from './sent-object.ts';
import { ServedStates } from './served-states.ts';

/** The parts of a custom resource. */
export interface CustomResourceParts {
  readonly kind: WrittenKind;
  readonly store: OpenedStore;
  readonly view: MaterializedView;
  readonly content: ContentRules;
  readonly fields: FieldManagement;
  readonly scale: ScaleDefinition | undefined;
  /** The namespaces of the cluster; undefined if the server does not know them. */
  readonly namespaces: LiveNamespaces | undefined;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/** The writable side of one custom resource under one group and version. */
export class CustomResource {
  readonly kind: WrittenKind;
  readonly content: ContentRules;
  readonly scale: ScaleDefinition | undefined;
  readonly writer: ObjectWriter;
  readonly store: OpenedStore;
  readonly #states: ServedStates;
  readonly #fields: FieldManagement;
  readonly #clock: Clock;

  constructor(parts: CustomResourceParts) {
    const { kind, store, view, content, fields, clock, random } = parts;
    this.kind = kind;
    this.store = store;
    this.content = content;
    this.scale = parts.scale;
    this.#states = new ServedStates(view);
    this.#fields = fields;
    this.#clock = clock;
    this.writer = new ObjectWriter({
      kind,
      storeFor: (caller) => store.as?.(caller) ?? store,
      handlesDryRun: store.handlesDryRun === true,
      content,
      fields,
      clock,
      random,
      uid: randomUUID,
      states: this.#states,
      requireNamespace: async (namespace, name, signal) => parts.namespaces?.require(kind, namespace, name, signal),
    });
  }

  /** Returns the written object as a row, in the form that a get returns. */
  rowOf({ object, revision }: WriteOutcome): Row {
    return this.#states.rowOf(object, revision !== undefined);
  }

  /**
   * Applies a configuration (server-side apply).
   * @param body the decoded configuration
   * @throws ApiError 400, 409, 422
   */
  async apply(
    { ctx, info }: { readonly ctx: RequestContext; readonly info: ResourceRequestInfo },
    body: unknown,
    options: WriteOptions,
    write: ObjectWrite,
  ): Promise<WriteOutcome> {
    const { object: configuration, unknown } = readObject(body, this.kind, info, 'apply');
    if (configuration.metadata?.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
    const invalidFields = { duplicate: [], unknown: [...unknown, ...this.content.read(configuration).unknown] };
    validateFields(ctx, this.kind, invalidFields, {
      fieldValidation: options.fieldValidation,
      source: 'apply',
      object: configuration,
    });
    const { manager, subresource, signal } = write;
    await turnAfter(configuration, signal);
    const time = timestampOf(this.#clock.now());
    const applied = async (live: CompleteObject | undefined): Promise<KubernetesObject> => {
      const merged = this.#fields.applied({ live, configuration, manager, force: options.force, subresource, time });
      await turnAfter(merged, signal);
      const { object } = this.content.read(merged, 'keep');
      // As in a kube-apiserver, a status of null counts as absent.
      return write.part === 'status' ? withoutNullStatus(object) : object;
    };
    const changed = async (live: CompleteObject): Promise<KubernetesObject> => {
      const object = await applied(live);
      requireSameObject(this.kind, live, object);
      return object;
    };
    const create = async (): Promise<KubernetesObject> => {
      requireName(body, info);
      return newFromConfiguration(this.kind, await applied(undefined));
    };
    return this.writer.patch(changed, { ...write, isApply: true }, write.part === 'main' ? { create } : {});
  }
}

function withoutNullStatus(object: KubernetesObject): KubernetesObject {
  const { status, ...rest } = object as { readonly status?: unknown };
  return status === null ? rest : object;
}
