/**
 * The definition of a custom resource. Clients write its objects, which a store or handlers keep.
 * @module
 */
import type { StoredObject } from '../../stores/object-store.ts';
import type { User } from './request-context.ts';
import type { ResourceDefinition } from './resource-definition.ts';

/** A problem with a field of an object. The client receives it as a cause of a 422. */
export interface FieldProblem {
  /** The path of the field: `spec.title`. */
  readonly field: string;
  /** The rule that the value breaks: `must not be longer than 63 characters`. */
  readonly message: string;
  /** The value of the field, which the message then quotes. If `validate` omits it, the field is reported as forbidden. */
  readonly value?: unknown;
}

/** The context of a write, for `mutate` and `validate`. */
export interface WriteInfo<R> {
  readonly user: User | undefined;
  /** True if nothing will be stored. Avoid side effects then. */
  readonly dryRun: boolean;
  /** The object that the write replaces; undefined for a create. */
  readonly old: R | undefined;
}

/** The fields that the `scale` subresource reads and writes, as paths in the object. */
export interface ScaleDefinition {
  /** The desired number of replicas: `spec.replicas`. */
  readonly specReplicas: string;
  /** The current number of replicas: `status.replicas`. */
  readonly statusReplicas: string;
  /** The label selector of the scaled pods, as text: `status.selector`. Autoscalers need it. */
  readonly labelSelector?: string | undefined;
}

/**
 * The conversion between a version and the stored version. Both functions must depend on the object alone, and must lose no content: an
 * object converted to the stored version and back equals itself. Objects may lack fields, even required ones: server-side apply also
 * converts objects before they are validated.
 */
export interface Conversion<R> {
  /**
   * Converts a stored object to this version. The framework sets `apiVersion`, `kind` and `metadata`; of these, the result may only contain
   * other labels and annotations.
   */
  readonly fromStored: (stored: StoredObject) => R;
  /** Converts an object of this version to the stored version. The same applies to `apiVersion`, `kind` and `metadata`. */
  readonly toStored: (object: R) => object;
}

/** The definition of a custom resource, as a literal. `R` is the type of its objects. */
export interface CustomResourceDefinition<R> extends ResourceDefinition<R> {
  /**
   * Adds the `/status` subresource. Writes of `/status` then change only `status`, and all other writes keep it. @default false
   */
  readonly status?: boolean | undefined;
  /** Adds the `/scale` subresource, for `kubectl scale` and autoscalers. */
  readonly scale?: ScaleDefinition | undefined;
  /**
   * Allows a replace (PUT) without `metadata.resourceVersion`, which overwrites the current object, as for most built-in resources.
   * Otherwise such a request is refused with 422, as for CustomResourceDefinitions. @default false
   */
  readonly unconditionalUpdate?: boolean | undefined;
  /**
   * Changes an object before it is validated, for defaults that the schema cannot express. It returns a new object and must not modify its
   * argument. It is called again when a write is retried.
   */
  readonly mutate?: ((object: R, info: WriteInfo<R>) => R) | undefined;
  /**
   * The conversion of a version that is not the stored one. Versions of one kind share their objects if they have the same store. Without a
   * conversion, all versions show the same content.
   */
  readonly conversion?: (Conversion<R> & { readonly storedVersion: string }) | undefined;
  /** Returns the problems that the schema cannot express. If there are any, the write is refused with 422. */
  readonly validate?: ((object: R, info: WriteInfo<R>) => Iterable<FieldProblem>) | undefined;
}
