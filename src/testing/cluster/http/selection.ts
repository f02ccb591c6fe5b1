/**
 * Evaluates the label and field selectors of a request on stored objects.
 * @module
 */
import { requireSupportedFields, type FieldSelector } from '../../../server/wire/field-selector.ts';
import type { ParsedLabelSelector } from '../../../server/wire/label-selector.ts';
import type { ResourceKind } from '../kinds/resource-kind.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

/** The objects that a request selects. */
export interface ClusterSelection {
  /** True if the request selects all objects in its scope. */
  readonly isEmpty: boolean;
  matches(object: CompleteObject): boolean;
}

/** Returns a field's value as text. Only scalars can be selected. */
const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
};

/**
 * Returns the selection of a request.
 * @throws ApiError 400 if the kind does not support a field of the selector
 */
export function selection(
  kind: ResourceKind,
  {
    labelSelector,
    fieldSelector,
  }: { readonly labelSelector: ParsedLabelSelector; readonly fieldSelector: FieldSelector },
): ClusterSelection {
  const { selectableFields = {}, namespaced = true } = kind;
  const metadataFields =
    kind.builtIn === true || namespaced ? ['metadata.name', 'metadata.namespace'] : ['metadata.name'];
  const supported = [...metadataFields, ...Object.keys(selectableFields)];
  // kube-apiserver has another error text for kinds without selectable fields, because its default conversion handles
  // them.
  const isGeneric = kind.builtIn === true && supported.length === metadataFields.length;
  requireSupportedFields(fieldSelector, supported, isGeneric ? 'generic' : 'customResource');
  const valueOf =
    (object: CompleteObject) =>
    (field: string): string => {
      if (field === 'metadata.name') return object.metadata.name;
      if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
      return text(selectableFields[field]?.(object));
    };
  return {
    isEmpty: labelSelector.isEmpty && fieldSelector.isEmpty,
    matches: (object) =>
      (labelSelector.isEmpty || labelSelector.matches(object.metadata.labels)) &&
      (fieldSelector.isEmpty || fieldSelector.matches(valueOf(object))),
  };
}
