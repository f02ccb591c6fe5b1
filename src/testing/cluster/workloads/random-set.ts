import type { RandomNumber } from './random.ts';

/** A set of which any member can be drawn, all of it in constant time. */
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

  /** Undefined if it is empty. */
  draw(random: RandomNumber): T | undefined {
    return this.#members[Math.floor(random() * this.#members.length)];
  }
}
