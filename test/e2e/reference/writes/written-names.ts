/** Names for the values that a server generates in a scenario, so that two servers can be compared. */
import type { RecordedResponse } from '../exchange.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
/** Matches names that scenarios let the server generate, also in error messages. */
const GENERATED_BAD = /\bJob_[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;
const GENERATED = /^(.*)[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** Uids and versions of one server, in order of appearance. */
export class WrittenNames {
  readonly #name: string;
  /** Versions of the scenario's object. */
  readonly #versions: string[] = [];
  #uid = '';
  readonly #named = new Map<string, string>();
  #greatest = 0n;

  /** @param name the name of the scenario's object */
  constructor(name: string) {
    this.#name = name;
  }

  /** Replaces placeholders in a path or body. Unknown values become ones that no object has. */
  fill(template: string): string {
    return template.replaceAll(/\{(name|uid|rv|rv1)\}/g, (_match, word: string) => {
      switch (word) {
        case 'name':
          return this.#name;
        case 'uid':
          return this.#uid;
        case 'rv1':
          return this.#versions[0] ?? '1';
        default:
          return this.#versions.at(-1) ?? '1';
      }
    });
  }

  /** Records the uid and version of the scenario's object in a response. */
  learn({ text, status }: RecordedResponse): void {
    if (status >= 300 || !text.startsWith('{')) return;
    const { metadata } = JSON.parse(text) as { metadata?: Readonly<Record<string, string>> };
    if (metadata?.['name'] !== this.#name) return;
    const { uid = '', resourceVersion } = metadata;
    // The response to a dry run has a made-up uid and no version.
    if (resourceVersion === undefined) return;
    this.#uid = uid;
    if (!this.#versions.includes(resourceVersion)) this.#versions.push(resourceVersion);
  }

  /** Returns the value with names for parts that must differ. */
  named(value: unknown, key = '', parent: Readonly<Record<string, unknown>> = {}): unknown {
    if (key === 'causes' && Array.isArray(value)) return distinct(value.map((item) => this.named(item)));
    if (Array.isArray(value)) return value.map((item) => this.named(item, key, parent));
    if (typeof value === 'object' && value !== null) {
      const record = value as Record<string, unknown>;
      const entries = Object.entries(record).map(([name, item]) => [name, this.named(item, name, record)]);
      return Object.fromEntries(entries);
    }
    if (typeof value !== 'string') return value;
    switch (key) {
      case 'uid':
        return UUID.test(value) ? this.#nameOf('uid', value) : value;
      case 'resourceVersion':
        return 'name' in parent ? this.#version(value) : 'a version';
      case 'name':
        return this.#objectName(value, parent);
      case 'creationTimestamp':
      case 'deletionTimestamp':
      case 'time':
        return value.replace(TIME, 'a time');
      case 'cells':
        return value.replace(/^([0-9]+[smhdy]){1,2}$/, 'an age');
      case 'continue':
        return value === '' ? '' : (JSON.parse(Buffer.from(value, 'base64url').toString()) as { start: unknown }).start;
      case 'message':
        return this.#text(value);
      default:
        return value;
    }
  }

  #objectName(value: string, { generateName }: Readonly<Record<string, unknown>>): string {
    if (generateName === undefined) return value.replaceAll(GENERATED_BAD, 'Job_{generated}');
    const [, prefix] = GENERATED.exec(value) ?? [];
    return typeof generateName === 'string' && prefix !== undefined && generateName.startsWith(prefix)
      ? `${prefix}{generated}`
      : value;
  }

  #version(value: string): string {
    if (!/^[1-9][0-9]*$/.test(value)) return value;
    const isNew = !this.#named.has(value);
    const name = this.#nameOf('rv', value);
    const isGreater = BigInt(value) > this.#greatest;
    if (isGreater) this.#greatest = BigInt(value);
    return isNew && !isGreater ? `${name}, which did not increase` : name;
  }

  #nameOf(what: string, value: string): string {
    const known = this.#named.get(value);
    if (known !== undefined) return known;
    const count = Array.from(this.#named.values()).filter((name) => name.startsWith(what)).length + 1;
    this.#named.set(value, `${what} ${count}`);
    return `${what} ${count}`;
  }

  /** Several causes have no defined order, and are compared separately. */
  #text(text: string): string {
    let result = text
      .replaceAll(TIME, 'a time')
      .replaceAll(GENERATED_BAD, 'Job_{generated}')
      .replace(/ is invalid: \[.*\]$/s, ' is invalid: [several causes]');
    for (const [value, name] of this.#named) result = result.replaceAll(new RegExp(`\\b${value}\\b`, 'g'), `{${name}}`);
    return result;
  }
}

/** Sorts causes and removes repeated ones: the reference repeats causes of an update, and orders causes of a schema at random. */
function distinct(causes: readonly unknown[]): unknown[] {
  return Array.from(new Set(causes.map((cause) => JSON.stringify(cause))))
    .toSorted()
    .map((text): unknown => JSON.parse(text));
}
