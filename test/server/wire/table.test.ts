import { expect } from 'chai';
import { partialObjectMetadata } from '../../../src/server/wire/partial-metadata.ts';
import { columnDefinitions, parseIncludeObject, rowObject, tableOf } from '../../../src/server/wire/table.ts';
import { bookmarkObject } from '../../../src/server/wire/watch-frames.ts';
import { apiErrorFrom } from './api-error-of.ts';
import { cart, columns } from './cart.ts';

describe('tableOf()', () => {
  it('has the definitions of its columns, or null without columns', () => {
    const head = { version: 'v1', metadata: { resourceVersion: '9' } } as const;
    const common = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '9' } };
    const rows = [{ cells: ['a'], object: null }];
    expect(tableOf({ ...head, columns }, rows)).to.deep.equal({
      ...common,
      columnDefinitions: columnDefinitions(columns),
      rows,
    });
    expect(tableOf({ ...head, columns: undefined }, rows)).to.deep.equal({ ...common, columnDefinitions: null, rows });
  });
});

describe('rowObject()', () => {
  it('returns the object, its metadata or nothing', () => {
    expect(rowObject(cart, 'Object', 'v1')).to.equal(cart);
    expect(rowObject(cart, 'Metadata', 'v1')).to.deep.equal(partialObjectMetadata(cart));
    expect(rowObject(cart, 'None', 'v1')).to.equal(null);
  });

  it('contains the metadata of the bookmark at the end of the initial events, even for None', () => {
    const end = bookmarkObject({ apiVersion: 'g/v1', kind: 'Cart', resourceVersion: '9', initialEventsEnd: true });
    expect(rowObject(end, 'None', 'v1')).to.deep.equal(partialObjectMetadata(end));
  });
});

describe('parseIncludeObject()', () => {
  const cases: readonly (readonly [text: string, expected: string])[] = [
    ['', 'Metadata'],
    ['includeObject=', 'Metadata'],
    ['includeObject=Metadata', 'Metadata'],
    ['includeObject=Object', 'Object'],
    ['includeObject=None', 'None'],
  ];
  for (const [text, expected] of cases) {
    it(`is ${expected} for ?${text}`, () => {
      expect(parseIncludeObject(new URLSearchParams(text))).to.equal(expected);
    });
  }

  it('throws a 400 for all other values', () => {
    expect(apiErrorFrom(() => parseIncludeObject(new URLSearchParams('includeObject=none'))).status).to.include({
      code: 400,
      message:
        "Unable to convert to Table as requested: includeObject: Invalid value: \"none\": must be 'Metadata', 'Object', 'None', or empty",
    });
  });
});
