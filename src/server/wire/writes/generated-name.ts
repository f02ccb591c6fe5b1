/** Without vowels and look-alikes, as upstream: no words by accident. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const LONGEST_BASE = 58;

/** A name made of `metadata.generateName` and five random characters (api-semantics 6.2). */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'b',
  ).join('');
  return `${base.slice(0, LONGEST_BASE)}${suffix}`;
}
