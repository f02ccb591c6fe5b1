import { expect } from 'chai';
import {
  dns1123LabelMessage,
  dns1123SubdomainMessage,
  labelValueMessage,
  pathSegmentNameMessage,
  qualifiedNameMessage,
} from '../../src/object-meta/names.ts';

const long = (length: number): string => 'a'.repeat(length);

/** Returns a name in quotes, or the lengths of the parts of a long one. */
const titleOf = (name: string): string =>
  name.length > 40
    ? `a name of ${name
        .split('/')
        .map((part) => part.length)
        .join(' and ')} characters`
    : JSON.stringify(name);

const checks = [
  {
    name: 'dns1123SubdomainMessage',
    check: dns1123SubdomainMessage,
    good: ['a', 'a-b.c', '0.1', long(253)],
    bad: ['', 'A', '-a', 'a-', 'a..b', '.a', 'a_b', 'a\n', long(254), 'ä'],
  },
  {
    name: 'dns1123LabelMessage',
    check: dns1123LabelMessage,
    good: ['a', 'a-b', '0', long(63)],
    bad: ['', 'a.b', 'A', 'a-', long(64)],
  },
  {
    name: 'labelValueMessage',
    check: labelValueMessage,
    good: ['', 'A', 'a_b.C-d', long(63)],
    bad: ['-a', 'a-', 'a b', 'a/b', long(64)],
  },
  {
    name: 'qualifiedNameMessage',
    check: qualifiedNameMessage,
    good: ['a', 'A_b.c-d', 'example.com/a', `${long(253)}/${long(63)}`],
    bad: ['', '/', '/a', 'a/', 'a/b/c', 'Example.com/a', '-a', long(64), `${long(254)}/a`],
  },
  {
    name: 'pathSegmentNameMessage',
    check: pathSegmentNameMessage,
    good: ['', 'a', 'A:b', 'system:node', '...', 'a b'],
    bad: ['.', '..', 'a/b', 'a%b'],
  },
];

for (const { name, check, good, bad } of checks) {
  describe(`${name}()`, () => {
    for (const value of good) {
      it(`accepts ${titleOf(value)}`, () => {
        expect(check(value)).to.equal(undefined);
      });
    }
    for (const value of bad) {
      it(`reports the problems of ${titleOf(value)}`, () => {
        expect(check(value)).to.be.a('string').that.is.not.empty;
      });
    }
  });
}

describe('messages of names', () => {
  const messages: readonly (readonly [actual: string | undefined, expected: string])[] = [
    [
      dns1123LabelMessage('A'),
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      dns1123SubdomainMessage('A'),
      String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [labelValueMessage(long(64)), 'must be no more than 63 bytes'],
    [
      qualifiedNameMessage('/'),
      "prefix part must be non-empty; name part must be non-empty; name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [pathSegmentNameMessage('a/%'), "may not contain '/';may not contain '%'"],
    [pathSegmentNameMessage('..'), "may not be '..'"],
  ];
  for (const [actual, expected] of messages) {
    it(`are upstream's: ${expected.slice(0, 60)}`, () => {
      expect(actual).to.equal(expected);
    });
  }
});
