/**
 * The definition of a custom resource: whose content is the user's, and is written by clients.
 * @module
 */
import type { ResourceDefinition } from './resource-definition.ts';
import type { StoredObject } from '../../stores/object-store.ts';
import type { User } from './request-context.ts';

/** What is wrong with a field. */
export interface FieldProblem {
  /** A path: `spec.title`. */
  readonly field: string;
  /** What should be: `must not be longer than the deadline allows`. */
  readonly message: string;
  /** The value, for the message. Without it the field is said to be forbidden as it is. */
  readonly value?: unknown;
}

/** What functions of a definition are told of a write. */
export interface WriteInfo<R> {
  readonly user: User | undefined;
  /** Nothing is stored in the end: side effects are out of place. */
  readonly dryRun: boolean;
  /** What is replaced; undefined on a create. */
  readonly old: R | undefined;
}

/** Where the numbers of the `scale` subresource are, as paths below the object. */
export interface ScaleDefinition {
  /** `spec.replicas` */
  readonly specReplicas: string;
  /** `status.replicas` */
  readonly statusReplicas: string;
  /** Where the label selector of what is scaled is, as text. */
  readonly labelSelector?: string | undefined;
}

/** How objects of a version become those of the stored version, and back. Functions of the object only; nothing may be lost on the way. */
export interface Conversion<R> {
  /** What the store holds, as this version has it. apiVersion, kind and metadata are the framework's to set. */
  readonly fromStored: (stored: StoredObject) => R;
  /** An object of this version, as the store holds it. Here as well, apiVersion, kind and metadata may be left out. */
  readonly toStored: (object: R) => object;
}

/** The definition of a custom resource, as a literal. `R` is the type of its objects. */
export interface CustomResourceDefinition<R> extends ResourceDefinition<R> {
  /** Has `/status`: there alone `status` is written, and nothing else. @default false */
  readonly status?: boolean | undefined;
  /** Has `/scale`, which `kubectl scale` and autoscalers use. */
  readonly scale?: ScaleDefinition | undefined;
  /**
   * A replace may leave `metadata.resourceVersion` out, and then replaces whatever is there, as with most built-in resources; without it
   * that is a 422, as with CustomResourceDefinitions. @default false
   */
  readonly unconditionalUpdate?: boolean | undefined;
  /** Changes an object before it is validated: what the schema's defaults cannot say. It must not change what it is given, but answer another. */
  readonly mutate?: ((object: R, info: WriteInfo<R>) => R) | undefined;
  /**
   * Of a version that is not the one objects are stored in: how they become each other. Versions of one kind share their objects when they
   * are given the same store; without a conversion all of them show the same content.
   */
  readonly conversion?: (Conversion<R> & { readonly storedVersion: string }) | undefined;
  /** What is wrong with an object beyond what the schema says: answered 422, with a cause for each. */
  readonly validate?: ((object: R, info: WriteInfo<R>) => Iterable<FieldProblem>) | undefined;
}
