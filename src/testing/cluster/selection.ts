import { requireSupportedFields } from '../../server/wire/field-selector.ts';
import type { FieldSelector } from '../../server/wire/field-selector.ts';
import type { ParsedLabelSelector } from '../../server/wire/label-selector.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';

/** Which objects a request is for. */
export interface Selection {
  /** True when it is for every object in scope. */
  readonly isEmpty: boolean;
  matches(object: CompleteObject): boolean;
}

/** Selectable are scalars only. */
const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
};

/** Throws a 400 for a field the kind cannot be selected by. */
export function selection(
  kind: ResourceKind,
  {
    labelSelector,
    fieldSelector,
  }: { readonly labelSelector: ParsedLabelSelector; readonly fieldSelector: FieldSelector },
): Selection {
  const { selectableFields = {}, namespaced = true } = kind;
  const metadataFields =
    kind.builtIn === true || namespaced ? ['metadata.name', 'metadata.namespace'] : ['metadata.name'];
  const supported = [...metadataFields, ...Object.keys(selectableFields)];
  // Upstream: kinds that register no fields of their own go by the default conversion, which words it in its own way.
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
