import { expect } from 'chai';
import * as fc from 'fast-check';
import { partialObjectMetadata } from '../../../src/server/wire/partial-metadata.ts';
import { encodeCells, pushRow, tableEnd, tableStart } from '../../../src/server/wire/table-bytes.ts';
import { table } from '../../../src/testing/cluster/http/table.ts';
import { type Cart, cart, columns, now } from './cart.ts';

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

  it('has the same content as the Table of the fake cluster, at any time', () => {
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
