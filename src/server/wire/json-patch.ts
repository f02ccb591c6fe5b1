/**
 * JSON Patch (RFC 6902) and JSON Pointer (RFC 6901) on JSON values. Patches are untrusted, and this implementation gives guarantees that
 * libraries do not give: a path never reaches inherited members (`/metadata/toString/x`), `__proto__` is an ordinary key, `test` costs
 * no more than reading both values, and `copy` operations cannot make a document of gigabytes.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

/** The reason why a patch cannot be applied. Clients do not see the message. */
export class PatchProblem extends Error {}

/** The `copy` operations of a patch copy more than the maximum. */
export class CopyLimitProblem extends PatchProblem {}

/** The operations of a patch move or visit more than the maximum. */
export class StepLimitProblem extends PatchProblem {}

/** The limits of a patch. */
export interface OperationLimits {
  /** The maximum number of JSON characters that all `copy` operations may copy together. */
  readonly copied: number;
  /** The maximum number of steps: items of arrays that are moved, and segments of paths, which count {@link SEGMENT_STEPS} each. */
  readonly steps: number;
}

/** The steps of a segment of a path. It costs as much as moving this number of items. */
const SEGMENT_STEPS = 50;

/** Counts the steps of a patch. */
class Steps {
  readonly #maximum: number;
  count = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** @throws StepLimitProblem if there are more than the maximum */
  spend(steps: number): void {
    this.count += steps;
    if (this.count > this.#maximum) throw new StepLimitProblem('the operations take too many steps');
  }
}

/** An operation as received; its members are not checked yet. */
export type PatchOperation = Readonly<Record<string, unknown>>;

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members that an operation requires besides `op` and `path`. */
const OPERANDS: Readonly<Record<string, 'value' | 'from' | undefined>> = {
  add: 'value',
  copy: 'from',
  move: 'from',
  remove: undefined,
  replace: 'value',
  test: 'value',
};

/** Returns the reason why an operation is invalid for every document, or undefined. */
export function operationProblem(operation: PatchOperation): string | undefined {
  const { op } = operation;
  if (typeof op !== 'string' || !Object.hasOwn(OPERANDS, op)) return 'unsupported operation';
  const operand = OPERANDS[op];
  const missing = ['path', operand].find((name) => name !== undefined && !Object.hasOwn(operation, name));
  if (missing !== undefined) return `missing ${missing}`;
  const isText = typeof operation['path'] === 'string' && (operand !== 'from' || typeof operation['from'] === 'string');
  return isText ? undefined : 'path and from must be strings';
}

function memberOf(operation: PatchOperation, name: string): unknown {
  if (!Object.hasOwn(operation, name)) throw new PatchProblem(`the operation requires ${name}`);
  return operation[name];
}

function tokensOf(pointer: unknown, steps: Steps): readonly string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/'))) {
    throw new PatchProblem('the path is not a JSON pointer');
  }
  const tokens = pointer.split('/').slice(1);
  steps.spend(SEGMENT_STEPS * tokens.length);
  return pointer.includes('~') ? tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')) : tokens;
}

/** Returns the array index that a token stands for, or undefined if it is not an index below `length`. Signs and leading zeros are invalid. */
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
  throw new PatchProblem(`the path does not exist at ${token}`);
}

const at = (document: unknown, tokens: readonly string[]): unknown => tokens.reduce(read, document);

/** Returns the array or object that contains the target of the pointer. */
function parentOf(
  document: unknown,
  tokens: readonly string[],
): { readonly parent: unknown[] | Members; readonly token: string } {
  const parent = at(document, tokens.slice(0, -1));
  const token = tokens.at(-1);
  if (token === undefined || !(Array.isArray(parent) || isObject(parent))) {
    throw new PatchProblem('the path does not lead to a member');
  }
  return { parent, token };
}

/** Sets an own member. An assignment would set the prototype for the key `__proto__`. */
function setMember(object: Members, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}

function add(document: unknown, tokens: readonly string[], value: unknown, steps: Steps): unknown {
  // Like upstream, only `replace` can make the document null.
  if (tokens.length === 0 && value === null) throw new PatchProblem('null cannot be added as the document');
  if (tokens.length === 0) return value;
  const { parent, token } = parentOf(document, tokens);
  if (Array.isArray(parent)) {
    const index = token === '-' ? parent.length : indexOf(token, parent.length + 1);
    if (index === undefined) throw new PatchProblem(`${token} is not a valid index for add`);
    steps.spend(parent.length - index);
    parent.splice(index, 0, value);
  } else {
    setMember(parent, token, value);
  }
  return document;
}

function remove(document: unknown, tokens: readonly string[], steps: Steps): unknown {
  const { parent, token } = parentOf(document, tokens);
  read(parent, token);
  if (Array.isArray(parent)) {
    steps.spend(parent.length - Number(token));
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

function move(document: unknown, from: readonly string[], to: readonly string[], steps: Steps): unknown {
  if (from.length < to.length && from.every((token, index) => token === to[index])) {
    throw new PatchProblem('a value cannot be moved into itself');
  }
  const value = at(document, from);
  return from.length === 0 ? document : add(remove(document, from, steps), to, value, steps);
}

/** Throws unless the value at the path is the expected one. Like upstream, a missing member is equal to null. */
function test(document: unknown, tokens: readonly string[], expected: unknown): void {
  const last = tokens.at(-1);
  const parent = last === undefined ? undefined : at(document, tokens.slice(0, -1));
  const isAbsent = last !== undefined && isObject(parent) && !Object.hasOwn(parent, last);
  if (!isDeepStrictEqual(isAbsent ? null : at(document, tokens), expected)) throw new PatchProblem('the test failed');
}

/**
 * Applies operations in order. It changes `document` and returns the result, which may be another value.
 * @throws PatchProblem for the first operation that cannot be applied
 */
export function applyOperations(
  document: unknown,
  operations: readonly PatchOperation[],
  limits: OperationLimits,
): unknown {
  const steps = new Steps(limits.steps);
  let copied = 0;
  let result = document;
  for (const operation of operations) {
    const path = tokensOf(memberOf(operation, 'path'), steps);
    switch (operation['op']) {
      case 'add':
        result = add(result, path, structuredClone(memberOf(operation, 'value')), steps);
        break;
      case 'remove':
        result = remove(result, path, steps);
        break;
      case 'replace':
        result = replace(result, path, structuredClone(memberOf(operation, 'value')));
        break;
      case 'move':
        result = move(result, tokensOf(memberOf(operation, 'from'), steps), path, steps);
        break;
      case 'copy': {
        const json = JSON.stringify(at(result, tokensOf(memberOf(operation, 'from'), steps)));
        copied += json.length;
        if (copied > limits.copied) throw new CopyLimitProblem('the copy operations copy too much');
        result = add(result, path, JSON.parse(json), steps);
        break;
      }
      case 'test':
        test(result, path, memberOf(operation, 'value'));
        break;
      default:
        throw new PatchProblem('the operation has an unknown op');
    }
  }
  return result;
}
