import { isDeepStrictEqual } from 'node:util';

// RFC 6902 on JSON values, and RFC 6901 for its pointers. It is written out here because what comes in is hostile: no member that is
// not the object's own may be reached (`/metadata/toString/x`), `__proto__` is a key like any other, `test` must not cost more than
// reading both values, and a few `copy` operations must not make a document of gigabytes.

/** Why a patch cannot be applied. Not shown to clients. */
export class PatchProblem extends Error {}

/** The values copied by `copy` operations are together larger than allowed. */
export class CopyLimitProblem extends PatchProblem {}

/** One operation as it came: an object whose members are yet to be checked. */
export type PatchOperation = Readonly<Record<string, unknown>>;

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members that an operation must have besides `op` and `path`. */
const OPERANDS: Readonly<Record<string, 'value' | 'from' | undefined>> = {
  add: 'value',
  copy: 'from',
  move: 'from',
  remove: undefined,
  replace: 'value',
  test: 'value',
};

/** Why an operation is none, whatever it is applied to; undefined when it is one. */
export function operationProblem(operation: PatchOperation): string | undefined {
  const { op } = operation;
  if (typeof op !== 'string' || !Object.hasOwn(OPERANDS, op)) return 'unsupported operation';
  const operand = OPERANDS[op];
  const missing = ['path', operand].find((name) => name !== undefined && !Object.hasOwn(operation, name));
  if (missing !== undefined) return `missing ${missing}`;
  const isText = typeof operation['path'] === 'string' && (operand !== 'from' || typeof operation['from'] === 'string');
  return isText ? undefined : 'a path is no text';
}

function memberOf(operation: PatchOperation, name: string): unknown {
  if (!Object.hasOwn(operation, name)) throw new PatchProblem(`an operation lacks ${name}`);
  return operation[name];
}

function tokensOf(pointer: unknown): readonly string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) {
    throw new PatchProblem('a path is no JSON pointer');
  }
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The index a token names in an array of this length, or undefined. No sign, no leading zero. */
function indexOf(token: string, length: number): number | undefined {
  return /^(?:0|[1-9][0-9]*)$/.test(token) && Number(token) < length ? Number(token) : undefined;
}

function read(container: unknown, token: string): unknown {
  if (Array.isArray(container)) {
    const index = indexOf(token, container.length);
    if (index !== undefined) return container[index];
  } else if (isObject(container) && Object.hasOwn(container, token)) {
    return container[token];
  }
  throw new PatchProblem(`there is nothing at ${token}`);
}

const at = (document: unknown, tokens: readonly string[]): unknown => tokens.reduce(read, document);

/** The array or object that holds what the tokens lead to. */
function parentOf(
  document: unknown,
  tokens: readonly string[],
): { readonly parent: unknown[] | Members; readonly token: string } {
  const parent = at(document, tokens.slice(0, -1));
  const token = tokens.at(-1);
  if (token === undefined || !(Array.isArray(parent) || isObject(parent))) {
    throw new PatchProblem('a path leads to no member');
  }
  return { parent, token };
}

/** Assignment that makes an own member of any key, `__proto__` included. */
function setMember(object: Members, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}

function add(document: unknown, tokens: readonly string[], value: unknown): unknown {
  if (tokens.length === 0) return value;
  const { parent, token } = parentOf(document, tokens);
  if (Array.isArray(parent)) {
    const index = token === '-' ? parent.length : indexOf(token, parent.length + 1);
    if (index === undefined) throw new PatchProblem(`${token} is no index to add at`);
    parent.splice(index, 0, value);
  } else {
    setMember(parent, token, value);
  }
  return document;
}

function remove(document: unknown, tokens: readonly string[]): unknown {
  const { parent, token } = parentOf(document, tokens);
  read(parent, token);
  if (Array.isArray(parent)) {
    parent.splice(Number(token), 1);
  } else {
    delete parent[token];
  }
  return document;
}

function replace(document: unknown, tokens: readonly string[], value: unknown): unknown {
  if (tokens.length === 0) return value;
  const { parent, token } = parentOf(document, tokens);
  read(parent, token);
  if (Array.isArray(parent)) {
    parent[Number(token)] = value;
  } else {
    setMember(parent, token, value);
  }
  return document;
}

function move(document: unknown, from: readonly string[], to: readonly string[]): unknown {
  if (from.length < to.length && from.every((token, index) => token === to[index])) {
    throw new PatchProblem('a value cannot be moved into itself');
  }
  const value = at(document, from);
  return from.length === 0 ? document : add(remove(document, from), to, value);
}

/** A member that is not there passes for null, as upstream has it. */
function test(document: unknown, tokens: readonly string[], expected: unknown): void {
  const last = tokens.at(-1);
  const parent = last === undefined ? undefined : at(document, tokens.slice(0, -1));
  const isAbsent = last !== undefined && isObject(parent) && !Object.hasOwn(parent, last);
  if (!isDeepStrictEqual(isAbsent ? null : at(document, tokens), expected)) throw new PatchProblem('a test failed');
}

/**
 * Applies operations in order to `document`, which is changed; returns the result, which may be another value. Throws a PatchProblem
 * for the first operation that cannot be applied.
 *
 * @param maxCopied JSON characters that all `copy` operations together may copy
 */
export function applyOperations(document: unknown, operations: readonly PatchOperation[], maxCopied: number): unknown {
  let copied = 0;
  let result = document;
  for (const operation of operations) {
    const path = tokensOf(memberOf(operation, 'path'));
    switch (operation['op']) {
      case 'add':
        result = add(result, path, structuredClone(memberOf(operation, 'value')));
        break;
      case 'remove':
        result = remove(result, path);
        break;
      case 'replace':
        result = replace(result, path, structuredClone(memberOf(operation, 'value')));
        break;
      case 'move':
        result = move(result, tokensOf(memberOf(operation, 'from')), path);
        break;
      case 'copy': {
        const json = JSON.stringify(at(result, tokensOf(memberOf(operation, 'from'))));
        copied += json.length;
        if (copied > maxCopied) throw new CopyLimitProblem('too much is copied');
        result = add(result, path, JSON.parse(json));
        break;
      }
      case 'test':
        test(result, path, memberOf(operation, 'value'));
        break;
      default:
        throw new PatchProblem('an operation is of no known kind');
    }
  }
  return result;
}
