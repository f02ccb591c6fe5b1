/**
 * Validation of an applied configuration against the shape of its resource (structured-merge-diff/typed/validate.go).
 * @module
 */
import { isJsonObject, type JsonObject } from '../json.ts';
import { elementOf, ListItemError } from './list-items.ts';
import { fieldElement, printedElement } from './path-element.ts';
import { memberShape, narrowed, type ListShape, type MapShape, type ScalarShape, type Shape } from './shape.ts';

/** The maximum number of reported problems. */
const maxProblems = 100;

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : isJsonObject(value) ? 'map' : typeof value;
}
const expected: Readonly<Record<ScalarShape, string>> = {
  untyped: 'any scalar',
  numeric: 'numeric (int or float)',
  string: 'string',
  boolean: 'boolean',
};

/** Collects problems while it visits the values of a configuration. */
class Walk {
  readonly problems: string[] = [];

  #report(path: string, text: string): void {
    if (this.problems.length < maxProblems) this.problems.push(path === '' ? text : `${path}: ${text}`);
  }

  visit(value: unknown, shape: Shape, path: string): void {
    const { map, scalar, list } = narrowed(shape, value);
    if (value === null) return;
    if (map !== undefined) {
      if (isJsonObject(value)) {
        this.#members(value, map, path);
      } else {
        this.#report(path, `expected map, got ${kindOf(value)}`);
      }
    } else if (scalar !== undefined) {
      const is = kindOf(value);
      const wanted = scalar === 'numeric' ? 'number' : scalar;
      if (is !== wanted && (scalar !== 'untyped' || is === 'map' || is === 'list')) {
        this.#report(path, `expected ${expected[scalar]}, got ${is}`);
      }
    } else if (list !== undefined) {
      if (Array.isArray(value)) {
        this.#items(value, list, path);
      } else {
        this.#report(path, `expected list, got ${kindOf(value)}`);
      }
    }
  }

  #members(value: JsonObject, map: MapShape, path: string): void {
    for (const [name, member] of Object.entries(value)) {
      const at = `${path}${printedElement(fieldElement(name))}`;
      if (map.fields.has(name) || map.element !== undefined) {
        this.visit(member, memberShape(map, name), at);
      } else {
        this.#report(at, 'field not declared in schema');
      }
    }
  }

  #items(items: readonly unknown[], list: ListShape, path: string): void {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      let element = `i:${index}`;
      if (!list.isAtomic) {
        try {
          element = elementOf(list, item);
        } catch (error) {
          if (!(error instanceof ListItemError)) throw error;
          this.#report(path, `element ${index}: ${error.message}`);
          return;
        }
      }
      if (seen.has(element)) this.#report(path, `duplicate entries for key ${printedElement(element)}`);
      seen.add(element);
      this.visit(item, list.element, `${path}${printedElement(element)}`);
    }
  }
}

/**
 * Returns the problems of a configuration: unknown fields, values of a wrong type, items that cannot be distinguished. Each text begins
 * with the path of its field.
 * @see structured-merge-diff/typed/validate.go
 */
export function configProblems(config: unknown, shape: Shape): readonly string[] {
  const walk = new Walk();
  walk.visit(config, shape, '');
  return walk.problems;
}
