import { FieldSet } from './field-set.ts';
import { fieldNameOf, type PathElement } from './path-element.ts';
import { deduced, type MapShape, type Shape } from './shape.ts';

const isOpenMap = (map: MapShape): boolean => map.fields.size === 0 && map.element === deduced;

function shapeBelow({ map, scalar, list }: Shape, element: PathElement): Shape | undefined {
  const name = fieldNameOf(element);
  if (map !== undefined) {
    return isOpenMap(map) ? undefined : ((name === undefined ? undefined : map.fields.get(name)) ?? map.element);
  }
  return scalar === undefined ? list?.element : undefined;
}

function isAtomic({ map, scalar, list }: Shape): boolean {
  return map === undefined ? scalar === undefined && list?.isAtomic === true : map.isAtomic;
}

/**
 * The fields of a manager after a change of the schema: of a map or list that has become one field, who owned something in it owns the
 * whole.
 *
 * @see structured-merge-diff/typed/reconcile_schema.go
 */
export function reconciled(fields: FieldSet, shape: Shape): FieldSet {
  const result = new FieldSet();
  for (const element of fields.members) result.add(element);
  for (const [element, child] of fields.children) {
    const below = shapeBelow(shape, element);
    if (below !== undefined && isAtomic(below)) {
      result.add(element);
    } else {
      result.attach(element, below === undefined ? child : reconciled(child, below));
    }
  }
  return result;
}
