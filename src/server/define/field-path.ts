/**
 * Paths into a row, as types.
 * @module
 */

/** What field selectors compare, as text. */
type Selectable = string | number | boolean;

/** Steps that a path may have: types of rows may contain themselves. */
type Steps = [1, 1, 1, 1, 1, 1, 1];

/**
 * The paths of a row that a field selector can compare: `'status.phase'`. They lead, by two names or more, to a text, number or boolean,
 * through members that may be absent, and through dictionaries (`metadata.labels.${string}`); not into lists. Where a type says nothing
 * (`unknown`, `any`), any path is one.
 */
export type FieldPath<Row> = unknown extends Row
  ? string
  : [Row] extends [never]
    ? string
    : Below<NonNullable<Row>, Steps>;

/** `a.b…` for every member `a` that is an object. */
type Below<T, Left extends readonly unknown[]> = Left extends readonly [unknown, ...infer Fewer]
  ? T extends object
    ? { [Name in keyof T & string]-?: Through<Name, T[Name], Fewer> }[keyof T & string]
    : never
  : never;

/** The paths through a member, one of whose values may be an object. */
type Through<Name extends string, Value, Left extends readonly unknown[]> = unknown extends Value
  ? `${Name}.${string}`
  : Value extends null | undefined | Selectable | bigint | symbol | readonly unknown[] | ((...args: never) => unknown)
    ? never
    : `${Name}.${Leaf<Value> | Below<Value, Left>}`;

/** Names of members that can be compared. */
type Leaf<T> = T extends object
  ? {
      [Name in keyof T & string]-?: unknown extends T[Name]
        ? Name
        : Extract<T[Name], Selectable> extends never
          ? never
          : Name;
    }[keyof T & string]
  : never;
