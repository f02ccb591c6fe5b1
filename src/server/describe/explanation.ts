/**
 * The form in which clients see the tree of a row. It contains nothing that depends on a source object that the client may not get:
 *
 * - A source object is shown only if it may be got.
 * - An object of a step is shown completely only if all source objects below it may be got. Otherwise its key could come from a hidden object,
 *   so it is shown only if it has the key of the object above it, and without its error.
 * @module
 */
import type { UpstreamResource } from '../../informers/collection/upstream.ts';
import { splitKey } from '../../key.ts';
import type { ExplainedObject } from '../../projections/graph/explained-object.ts';
import { clientText } from '../wire/client-text.ts';

/** An object in an explanation. Members that do not apply are missing. */
export interface ShownObject {
  /** The step of the pipeline that has the object, as in `/debug/graph`. */
  readonly step?: string;
  /** The key of the object in the step. */
  readonly key?: string;
  /** The resource of an object of the cluster. */
  readonly source?: UpstreamResource;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Whether the object exists now. */
  readonly present?: boolean;
  /** The reason why it does not exist, if its projection failed. */
  readonly error?: string;
  /** The objects that it is made of, the primary one first. */
  readonly origins?: readonly ShownObject[];
  /** Whether objects are left out because the client may not get them, or because no right for them exists. */
  readonly hidden?: true;
  /** Whether objects are left out because there are too many. */
  readonly truncated?: true;
  /** Whether the step does not declare the objects. */
  readonly undeclared?: true;
}

/** Returns the resource of a source object that may be shown; undefined if it may not be. */
export type ShownSource = (object: ExplainedObject) => UpstreamResource | undefined;

/** Whether everything below an object is known and may be shown. */
export function isOpen(object: ExplainedObject, sourceOf: ShownSource): boolean {
  if (object.isSource) return sourceOf(object) !== undefined;
  return object.more === 0 && object.origins?.every((origin) => isOpen(origin, sourceOf)) === true;
}

/** Returns the form of an object that clients see. It must be one whose key they know. */
export function shownObject(object: ExplainedObject, sourceOf: ShownSource): ShownObject {
  if (object.isSource) return shownSourceObject(object, sourceOf(object));
  const { collection, key, present, error, origins, more } = object;
  const isComplete = isOpen(object, sourceOf);
  const shown = (origins ?? []).filter(
    (origin) => isOpen(origin, sourceOf) || (!origin.isSource && origin.key === key),
  );
  return {
    step: collection.name,
    key,
    ...(isComplete && { present, ...(error !== undefined && { error: clientText(error) }) }),
    ...(origins !== undefined && { origins: shown.map((origin) => shownObject(origin, sourceOf)) }),
    ...(shown.length < (origins?.length ?? 0) && { hidden: true }),
    ...(more > 0 && { truncated: true }),
    ...(origins === undefined && { undeclared: true }),
  };
}

/** A row of a resource can be an object of a source itself. It is hidden if it may not be shown. */
function shownSourceObject(object: ExplainedObject, source: UpstreamResource | undefined): ShownObject {
  if (source === undefined) return { hidden: true };
  const { key, present, uid, resourceVersion } = object;
  const { namespace, name } = splitKey(key);
  return {
    source,
    ...(namespace !== '' && { namespace }),
    name,
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    present,
  };
}
