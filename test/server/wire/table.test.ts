import { expect } from 'chai';
import * as fc from 'fast-check';
import type { KubernetesObject } from '../../../src/server/wire/object.ts';
import { partialObjectMetadata } from '../../../src/server/wire/partial-metadata.ts';
import { encodeCells, pushRow, tableEnd, tableStart } from '../../../src/server/wire/table-bytes.ts';
import {
  ageColumn,
  columnDefinitions,
  defaultColumns,
  nameColumn,
  parseIncludeObject,
  rowObject,
  table,
  type TableColumn,
} from '../../../src/server/wire/table.ts';
import { bookmarkObject } from '../../../src/server/wire/watch-frames.ts';
import { apiErrorFrom } from './api-error-of.ts';

interface Cart extends KubernetesObject {
  readonly spec?: {
    readonly items?: number;
    readonly open?: boolean;
    readonly paidAt?: string;
    readonly note?: string;
  };
}

const now = Date.parse('2026-01-01T00:01:00Z');
const cart: Cart = {
  apiVersion: 'shop.example.com/v1',
  kind: 'Cart',
  metadata: {
    name: 'a',
    namespace: 'ns',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { x: 'y' },
  },
  spec: { items: 3, open: true, note: 'say "hi"\n' },
};

const columns: readonly TableColumn<Cart>[] = [
  nameColumn,
  { name: 'Items', type: 'integer', description: 'How many', value: (row) => row.spec?.items },
  { name: 'Open', type: 'boolean', priority: 1, value: (row) => row.spec?.open },
  { name: 'Paid', type: 'date', value: (row) => row.spec?.paidAt },
  { name: 'Note', type: 'string', value: (row) => row.spec?.note },
  ageColumn,
];

describe('table()', () => {
  it('has the metadata, all definitions and a row for each object of a list', () => {
    const result = table(columns, [cart], {
      now,
      metadata: { resourceVersion: '9', continue: 'x', remainingItemCount: 2 },
    });
    expect(result).to.deep.equal({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '9', continue: 'x', remainingItemCount: 2 },
      columnDefinitions: columnDefinitions(columns),
      rows: [{ cells: ['a', 3, true, '<unknown>', 'say "hi"\n', '60s'], object: partialObjectMetadata(cart) }],
    });
  });

  it('has the version of the object, for one object', () => {
    expect(table(columns, [cart], { now }).metadata).to.deep.equal({ resourceVersion: '7' });
    expect(table(columns, [], { now }).metadata).to.deep.equal({});
  });

  it('omits the definitions for later watch events', () => {
    expect(table(columns, [cart], { now, withColumnDefinitions: false }).columnDefinitions).to.equal(null);
  });

  it('prints missing values as null', () => {
    const [row] = table(columns, [{ metadata: {} }], { now }).rows;
    expect(row?.cells).to.deep.equal(['', null, null, '<unknown>', null, '<unknown>']);
  });

  it('has the requested version of meta.k8s.io, in its rows too', () => {
    const result = table(columns, [cart], { now, version: 'v1beta1' });
    expect(result.apiVersion).to.equal('meta.k8s.io/v1beta1');
    expect(result.rows[0]?.object).to.include({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1' });
  });

  it('has the columns name and age by default', () => {
    const result = table(defaultColumns, [cart], { now });
    expect(result.rows[0]?.cells).to.deep.equal(['a', '60s']);
    expect(
      result.columnDefinitions?.map(({ name, type, format, priority }) => [name, type, format, priority]),
    ).to.deep.equal([
      ['Name', 'string', 'name', 0],
      ['Age', 'date', '', 0],
    ]);
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

describe('a Table in bytes', () => {
  const bytesOf = (rows: readonly Cart[], at: number, include: 'Metadata' | 'None'): string => {
    const parts: Buffer[] = [tableStart('v1', { resourceVersion: '9' }, columns)];
    for (const [index, row] of rows.entries()) {
      if (index > 0) {
        parts.push(Buffer.from(','));
      }
      const object = include === 'None' ? undefined : Buffer.from(JSON.stringify(partialObjectMetadata(row)));
      pushRow(parts, encodeCells(columns, row), object, at);
    }
    return Buffer.concat([...parts, tableEnd]).toString();
  };

  const timestamp = fc
    .date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2030-01-01') })
    .map((date) => date.toISOString());
  const anyCart: fc.Arbitrary<Cart> = fc.record({
    metadata: fc.record({ name: fc.string({ unit: 'binary' }), creationTimestamp: timestamp }),
    spec: fc.record(
      {
        items: fc.integer(),
        open: fc.boolean(),
        paidAt: fc.oneof(timestamp, fc.constantFrom('', 'never')),
        note: fc.string(),
      },
      { requiredKeys: [] },
    ),
  });

  it('has the same content as the Table as a value, at any time', () => {
    fc.assert(
      fc.property(fc.array(anyCart, { maxLength: 3 }), fc.date({ noInvalidDate: true }), (rows, date) => {
        const at = date.getTime();
        const expected = table(columns, rows, { now: at, metadata: { resourceVersion: '9' } });
        expect(JSON.parse(bytesOf(rows, at, 'Metadata'))).to.deep.equal(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });

  it('writes null if the client asks for no object', () => {
    expect(JSON.parse(bytesOf([cart], now, 'None'))).to.deep.equal(
      JSON.parse(
        JSON.stringify(table(columns, [cart], { now, includeObject: 'None', metadata: { resourceVersion: '9' } })),
      ),
    );
  });

  it('shares the encoded segments between reads', () => {
    const cells = encodeCells(columns, cart);
    const object = Buffer.from('{}');
    const [first, second]: [Buffer[], Buffer[]] = [[], []];
    pushRow(first, cells, object, now);
    pushRow(second, cells, object, now + 5000);
    expect(cells.segments).to.have.length(cells.timestamps.length + 1);
    for (const segment of [...cells.segments, object]) {
      expect(first).to.include(segment);
      expect(second).to.include(segment);
    }
    expect(Buffer.concat(second).toString()).to.include('"65s"');
  });

  it('omits the definitions for later watch events', () => {
    expect(tableStart('v1beta1', {}, undefined).toString()).to.equal(
      '{"kind":"Table","apiVersion":"meta.k8s.io/v1beta1","metadata":{},"columnDefinitions":null,"rows":[',
    );
  });
});
