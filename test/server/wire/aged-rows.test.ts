import { expect } from 'chai';
import fc from 'fast-check';
import { AgedRows } from '../../../src/server/wire/aged-rows.ts';
import type { KubernetesObject } from '../../../src/server/wire/object.ts';
import { encodeCells, pushRow } from '../../../src/server/wire/table-bytes.ts';
import type { TableColumn } from '../../../src/server/wire/table.ts';

interface Visit extends KubernetesObject {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const COLUMNS: readonly TableColumn<Visit>[] = [
  { name: 'Name', type: 'string', value: ({ name }) => name },
  { name: 'From', type: 'date', value: ({ from }) => from },
  { name: 'To', type: 'date', future: true, value: ({ to }) => to },
];
const START = 1_700_000_000_000;
const OBJECT = Buffer.from('{"a":1}');

const agedOf = (visits: readonly Visit[], now: number): AgedRows =>
  new AgedRows(
    visits.map((visit, index) => ({
      cells: encodeCells(COLUMNS, visit),
      object: index % 2 === 0 ? OBJECT : undefined,
    })),
    now,
  );

/** The same rows, encoded anew. */
const fresh = (visits: readonly Visit[], now: number, from: number, to: number): string => {
  const rows = visits.map((visit, index) => {
    const parts: Buffer[] = [];
    pushRow(parts, encodeCells(COLUMNS, visit), index % 2 === 0 ? OBJECT : undefined, now);
    return `${Buffer.concat(parts).toString()},`;
  });
  return rows.slice(from, to).join('');
};

const text = (milliseconds: number): string => new Date(milliseconds).toISOString();

describe('AgedRows', () => {
  it('has the rows with the ages of any time, also of an earlier one', () => {
    const span = fc.oneof(fc.integer({ min: -20_000, max: 800_000 }), fc.integer({ min: -1e9, max: 4e11 }));
    const time = fc.option(
      fc.oneof(
        span.map((each) => text(START - each)),
        fc.constant('no time'),
      ),
      { nil: undefined },
    );
    const visit = fc.record({ name: fc.string({ maxLength: 5 }), from: time, to: time });
    fc.assert(
      fc.property(
        fc.array(visit, { maxLength: 6 }),
        fc.array(fc.tuple(span, fc.nat(6), fc.nat(6)), { maxLength: 8 }),
        (visits, reads) => {
          const rows = agedOf(visits, START);
          for (const [later, a, b] of reads) {
            const [from, to] = [Math.min(a, b, visits.length), Math.min(Math.max(a, b), visits.length)];
            const now = START + later;
            expect(rows.slice(from, to, now).toString()).to.equal(fresh(visits, now, from, to));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('copies nothing while the ages stay the same, and leaves a buffer that was returned as it is', () => {
    const visits: Visit[] = [{ name: 'a', from: text(START - 3_600_000), to: undefined }];
    const rows = agedOf(visits, START);
    const first = rows.slice(0, 1, START);
    const before = first.toString();
    expect(rows.slice(0, 1, START + 59_999)).to.equal(first);
    const second = rows.slice(0, 1, START + 60_000);
    expect(second).to.not.equal(first);
    expect(second.toString()).to.equal(before.replace('"60m"', '"61m"'));
    expect(first.toString()).to.equal(before);
  });
});
