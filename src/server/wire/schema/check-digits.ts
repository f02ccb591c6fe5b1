import { textPattern } from './text-pattern.ts';

// Formats of numbers that have a check digit (kube-openapi's govalidator).

const isbn10 = textPattern('^(?:[0-9]{9}X|[0-9]{10})$');
const isbn13 = textPattern('^[0-9]{13}$');
const cards = textPattern(
  '^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$',
);

function sum(digits: string, weight: (index: number) => number): number {
  return Array.from(digits).reduce(
    (total, digit, index) => total + weight(index) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
}

const withoutSpaces = (text: string): string => text.replaceAll(/[\t\n\f\r -]+/g, '');

export function isIsbn10(text: string): boolean {
  const digits = withoutSpaces(text);
  return isbn10.matches(digits) && sum(digits, (index) => index + 1) % 11 === 0;
}

export function isIsbn13(text: string): boolean {
  const digits = withoutSpaces(text);
  return isbn13.matches(digits) && sum(digits, (index) => (index % 2 === 0 ? 1 : 3)) % 10 === 0;
}

/** Of one of the known issuers, with a sum by Luhn's formula. Whatever is no digit is passed over. */
export function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]+/g, '');
  if (!cards.matches(digits)) return false;
  const total = Array.from(digits)
    .toReversed()
    .reduce((all, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return all + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return total % 10 === 0;
}
