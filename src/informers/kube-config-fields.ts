/**
 * Reads the fields of one object of a kubeconfig. It refuses values of another type, and fields that nothing has read: an unknown field
 * may name the user of the requests, so the reader must not drop it.
 * @module
 */
import { KubeConfigError } from './errors.ts';

/** Returns whether a value is an object with fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of one object. A field that is absent, null or empty has no value. */
export class ConfigFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #read = new Set<string>();

  /** @param path the place of the object, for messages: `users[0].user` */
  constructor(value: unknown, path: string) {
    if (!isObject(value)) throw new KubeConfigError(`${path} must be an object`);
    this.#fields = value;
    this.#path = path;
  }

  /** @throws KubeConfigError if the value is not a text */
  text(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string') return value;
    throw this.#error(name, 'must be a text; put it in quotes');
  }

  /** @throws KubeConfigError if the value is missing or not a text */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.#error(name, 'is missing');
    return value;
  }

  /** Returns a text in base64. @throws KubeConfigError if it is not base64 */
  base64(name: string): string | undefined {
    const value = this.text(name)?.replaceAll(/[\r\n]/g, '');
    if (value === undefined || (/^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0)) return value;
    throw this.#error(name, 'is not base64');
  }

  /** @throws KubeConfigError if the value is not true or false */
  flag(name: string): boolean {
    const value = this.any(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw this.#error(name, 'must be true or false');
  }

  /** @throws KubeConfigError if the value is not a list of texts */
  texts(name: string): string[] {
    const values = this.list(name);
    if (values.every((value) => typeof value === 'string')) return values;
    throw this.#error(name, 'must be a list of texts; put each text in quotes');
  }

  /** @throws KubeConfigError if the value is not a list */
  list(name: string): unknown[] {
    const value = this.any(name) ?? [];
    if (Array.isArray(value)) return value;
    throw this.#error(name, 'must be a list');
  }

  /** @throws KubeConfigError if the value is not an object */
  object(name: string): ConfigFields | undefined {
    const value = this.any(name);
    return value === undefined ? undefined : new ConfigFields(value, `${this.#path}.${name}`);
  }

  /** Returns a value of any type, undefined if it is absent or null. */
  any(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  /** The names of all fields. */
  names(): string[] {
    return Object.keys(this.#fields);
  }

  /** @throws KubeConfigError if the object has fields that were not read */
  refuseOthers(): void {
    const unread = this.names().find((name) => !this.#read.has(name));
    if (unread !== undefined) throw this.#error(unread, 'is not a field that kubefacet supports; correct or remove it');
  }

  #error(name: string, problem: string): KubeConfigError {
    return new KubeConfigError(`${this.#path}.${name} ${problem}`);
  }
}
