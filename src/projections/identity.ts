/**
 * `identity()`: the metadata of a row, copied from its source object.
 * @module
 */

/** The parts of an object that {@link identity} reads. */
export interface Identified {
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly namespace?: string | null | undefined;
        readonly labels?: Readonly<Record<string, string>> | null | undefined;
        readonly creationTimestamp?: string | null | undefined;
      }
    | null
    | undefined;
}

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The metadata of a row. */
export interface Identity {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

/** Options of {@link identity}. */
export interface IdentityOptions {
  /** The name of the row. Default: the name of the object. `safeName` makes valid names from any text. */
  readonly name?: string | undefined;
}

/**
 * Returns the namespace, name, labels and creationTimestamp of an object as the metadata of a row. With the option `name`, the row has
 * another name and the other fields of the object.
 *
 * Annotations, owner references, finalizers and deletionTimestamp are not copied; a projection can add them. The framework sets uid and
 * resourceVersion. Fields of the object that are null count as absent.
 * @throws TypeError if neither the object nor the options have a name
 * @example
 * pods.pipe(map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase })));
 * @example
 * pods.pipe(
 *   flatMap((pod) =>
 *     (pod.spec?.containers ?? []).map(({ name, image }) => ({
 *       metadata: identity(pod, { name: `${pod.metadata?.name}-${name}` }),
 *       image,
 *     })),
 *   ),
 * );
 */
export function identity({ metadata }: Identified, options: IdentityOptions = {}): Identity {
  const name = options.name ?? metadata?.name;
  if (name === undefined) throw new TypeError('identity() needs an object with metadata.name, or the option name');
  const { namespace, labels, creationTimestamp } = metadata ?? {};
  return {
    name,
    ...(isMissing(namespace) ? {} : { namespace }),
    ...(isMissing(labels) ? {} : { labels }),
    ...(isMissing(creationTimestamp) ? {} : { creationTimestamp }),
  };
}
