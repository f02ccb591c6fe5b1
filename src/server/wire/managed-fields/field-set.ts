/**
 * Sets of fields of an object (structured-merge-diff/fieldpath/set.go), which `fieldsV1` of managedFields contains.
 * @module
 */
import { isJsonObject, type JsonObject } from '../json.ts';
import { compareElements, parseElement, type PathElement } from './path-element.ts';

/**
 * `fieldsV1` of a managedFields entry: a tree of path elements. An element with an empty object is a field. If an element has others
 * below it and is a field itself, its object contains `.`.
 */
export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

/** The value is not a valid `fieldsV1`. */
export class FieldsError extends Error {}

/** The path of a field, from the object to the field. */
export type Path = readonly PathElement[];

const noMembers: ReadonlySet<PathElement> = new Set();
const noChildren: ReadonlyMap<PathElement, FieldSet> = new Map();

/**
 * A set of fields of an object. A field and the fields below it are independent members. Each operation returns a new set, which may share
 * parts with the old ones. So only the code that builds a set may call `insert`, `add` and `attach`, before any other code uses the set.
 * @see structured-merge-diff/fieldpath/set.go
 */
export class FieldSet {
  // Created on demand: a set of a large object has many parts, and most of them need only one of the two.
  #members: Set<PathElement> | undefined;
  #children: Map<PathElement, FieldSet> | undefined;

  static of(...paths: readonly Path[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /**
   * Parses `fieldsV1`. Elements of unknown kinds are dropped, like upstream.
   * @throws FieldsError or PathElementError
   */
  static parse(fields: unknown): FieldSet {
    if (!isJsonObject(fields)) throw new FieldsError('fieldsV1 must be an object');
    const set = new FieldSet();
    for (const [key, below] of Object.entries(fields)) {
      const element = key === '.' ? undefined : parseElement(key);
      if (element !== undefined) {
        const child = FieldSet.parse(below);
        if (child.isEmpty || (isJsonObject(below) && Object.hasOwn(below, '.'))) set.add(element);
        set.attach(element, child);
      }
    }
    return set;
  }

  /** The fields of this level in the set. */
  get members(): ReadonlySet<PathElement> {
    return this.#members ?? noMembers;
  }

  /** The sets below the fields of this level. No child is empty. */
  get children(): ReadonlyMap<PathElement, FieldSet> {
    return this.#children ?? noChildren;
  }

  get isEmpty(): boolean {
    return this.#members === undefined && this.#children === undefined;
  }

  /** Adds a field of this level. */
  add(element: PathElement): void {
    this.#members ??= new Set();
    this.#members.add(element);
  }

  /** Sets the fields below a field of this level. */
  attach(element: PathElement, below: FieldSet): void {
    if (!below.isEmpty) {
      this.#children ??= new Map();
      this.#children.set(element, below);
    }
  }

  insert(path: Path): void {
    const [element, ...rest] = path;
    if (element !== undefined && rest.length === 0) {
      this.add(element);
    } else if (element !== undefined) {
      const child = this.#children?.get(element) ?? new FieldSet();
      child.insert(rest);
      this.attach(element, child);
    }
  }

  has(path: Path): boolean {
    const [element, ...rest] = path;
    return element !== undefined && (rest.length === 0 ? this.members.has(element) : this.below(element).has(rest));
  }

  /** Returns the fields below a field, with paths relative to it. The caller must not change the result. */
  below(element: PathElement): FieldSet {
    return this.children.get(element) ?? nothing;
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty || other.isEmpty) return this.isEmpty ? other : this;
    const union = new FieldSet();
    for (const element of [...this.members, ...other.members]) union.add(element);
    for (const [element, child] of this.children) union.attach(element, child.union(other.below(element)));
    for (const [element, child] of other.children) {
      if (!this.children.has(element)) union.attach(element, child);
    }
    return union;
  }

  intersection(other: FieldSet): FieldSet {
    return this.#kept(
      (element) => other.members.has(element),
      (element, child) => (other.children.has(element) ? child.intersection(other.below(element)) : nothing),
    );
  }

  /** Returns the fields that are not in the other set. Fields below a field of the other set remain. */
  difference(other: FieldSet): FieldSet {
    return other.isEmpty
      ? this
      : this.#kept(
          (element) => !other.members.has(element),
          (element, child) => child.difference(other.below(element)),
        );
  }

  /** Returns the fields that are neither in the other set nor below one of its fields. */
  without(other: FieldSet): FieldSet {
    return other.isEmpty
      ? this
      : this.#kept(
          (element) => !other.members.has(element),
          (element, child) => (other.members.has(element) ? nothing : child.without(other.below(element))),
        );
  }

  #kept(
    isKept: (element: PathElement) => boolean,
    keptBelow: (element: PathElement, child: FieldSet) => FieldSet,
  ): FieldSet {
    const kept = new FieldSet();
    for (const element of this.members) {
      if (isKept(element)) kept.add(element);
    }
    for (const [element, child] of this.children) kept.attach(element, keptBelow(element, child));
    return kept;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Yields all fields in upstream's order: those of a level before those below them. */
  *paths(): Generator<Path> {
    const levels: (readonly [Path, FieldSet])[] = [[[], this]];
    for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
      const [prefix, { members, children }] = level;
      for (const element of [...members].toSorted(compareElements)) yield [...prefix, element];
      // The first element must be on top of the stack.
      for (const [element, child] of [...children].toSorted(([a], [b]) => compareElements(b, a))) {
        levels.push([[...prefix, element], child]);
      }
    }
  }

  /** Returns `fieldsV1` with sorted keys, as custom resources are printed. */
  toJSON(): FieldsV1 {
    const elements = [...new Set([...this.members, ...this.children.keys()])].toSorted();
    const printed = (element: PathElement): JsonObject => ({
      ...(this.members.has(element) && this.children.has(element) ? { '.': {} } : {}),
      ...this.children.get(element)?.toJSON(),
    });
    return Object.fromEntries(elements.map((element) => [element, printed(element)])) as FieldsV1;
  }
}

const nothing = new FieldSet();
