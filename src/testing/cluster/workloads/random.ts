/**
 * Reproducible random numbers, choices, names and identifiers, and a set from which members are drawn at random.
 * @module
 */

/** A source of numbers from 0 up to, but not including, 1, such as `Math.random`. */
export type RandomNumber = () => number;

/** Returns a source of pseudo-random numbers that depend only on the seed (the generator mulberry32). */
export function seededRandom(seed: number): RandomNumber {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns an integer from `minimum` to `maximum`, both included. */
export function randomInteger(random: RandomNumber, minimum: number, maximum: number): number {
  return minimum + Math.floor(random() * (maximum - minimum + 1));
}

/**
 * Returns a random item.
 * @throws RangeError if there are no items
 */
export function pick<T>(random: RandomNumber, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('pick() needs at least one item');
  return item;
}

/** The characters of generated names: no vowels, and no characters that look alike. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Returns the suffix of a generated name, such as `x7k2p`. */
export function nameSuffix(random: RandomNumber, length = 5): string {
  let suffix = '';
  for (let count = 0; count < length; count++) suffix += NAME_LETTERS[Math.floor(random() * NAME_LETTERS.length)];
  return suffix;
}

/** Returns `length` lower-case hexadecimal digits. */
export function hexDigits(random: RandomNumber, length: number): string {
  let digits = '';
  while (digits.length < length)
    digits += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return digits.slice(0, length);
}

/** Returns a UUID of version 4. */
export function randomUid(random: RandomNumber): string {
  const digits = hexDigits(random, 32);
  const variant = '89ab'[Math.floor(random() * 4)] ?? '8';
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** A set with random draws. All operations take constant time. */
export class RandomSet<T> {
  readonly #members: T[] = [];
  readonly #places = new Map<T, number>();

  get size(): number {
    return this.#members.length;
  }

  has(member: T): boolean {
    return this.#places.has(member);
  }

  add(member: T): void {
    if (this.#places.has(member)) return;
    this.#places.set(member, this.#members.length);
    this.#members.push(member);
  }

  delete(member: T): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    const last = this.#members.pop();
    this.#places.delete(member);
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    this.#places.set(last, place);
  }

  /** Returns a random member, or undefined if the set is empty. */
  draw(random: RandomNumber): T | undefined {
    return this.#members[Math.floor(random() * this.#members.length)];
  }

  /** Returns the first member for which `matches` returns true, in the order of the set. */
  find(matches: (member: T) => boolean): T | undefined {
    return this.#members.find(matches);
  }
}
