/**
 * What a row takes over from its source object.
 * @module
 */

/** The parts of an object that {@link identity} reads. */
export interface Identified {
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly namespace?: string | undefined;
        readonly labels?: Readonly<Record<string, string>> | undefined;
        readonly creationTimestamp?: string | undefined;
      }
    | undefined;
}

/** Metadata of a row. */
export interface Identity {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

/**
 * Namespace, name, labels and creationTimestamp of an object: the identity of the row made from it. Annotations, owner references,
 * finalizers and deletionTimestamp come along only if the projection says so; uid and resourceVersion are the framework's.
 * @throws TypeError when the object has no name
 * @example
 * map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase }));
 */
export function identity({ metadata }: Identified): Identity {
  if (metadata?.name === undefined) throw new TypeError('an object without metadata.name has no identity');
  const { name, namespace, labels, creationTimestamp } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  };
}
