import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { ChangeLog, DEFAULT_LOG_BOUNDS, type LogBounds } from '../../src/projections/change-log.ts';
import type { LogEntry } from '../../src/projections/log-entry.ts';
import { OrderedIndex, type RowChange } from '../../src/projections/ordered-map.ts';
import { row } from './view-rig.ts';

const BOUNDS: LogBounds = { entries: 1000, bytes: 1_000_000, age: 1000, groupBytes: 1000 };

/** A log and the index whose changes it has. */
class Rig {
  readonly index = new OrderedIndex();
  readonly log: ChangeLog;
  now = 0;

  constructor(bounds: Partial<LogBounds> = {}, first = 0) {
    this.log = new ChangeLog(10n, { ...BOUNDS, ...bounds }, first);
  }

  put(key: string, position: bigint, late = false): void {
    this.#append(position, { before: this.index.get(key), after: row(key, position) }, late);
  }

  delete(key: string, position: bigint): void {
    this.#append(position, { before: this.index.get(key), after: undefined }, false);
  }

  #append(position: bigint, change: RowChange, late: boolean): void {
    if (change.after !== undefined) this.index.set(change.after);
    else if (change.before !== undefined) this.index.delete(change.before.key);
    this.log.append({ ...change, place: position, position, digest: 0, late, at: this.now }, () =>
      this.index.snapshot(),
    );
  }

  after(position: bigint): string[] {
    const found: LogEntry[] = [];
    for (let number = this.log.after(position, 0) ?? expect.fail(`no state at ${position}`); ; number += 1) {
      const entry = this.log.entry(number);
      if (entry === undefined) return found.map(({ before, after }) => after?.key ?? `-${before?.key}`);
      found.push(entry);
    }
  }

  rowsAt(position: bigint): string[] {
    const rows = this.log.snapshotAt(position, 0, this.index.snapshot())?.range('') ?? [];
    return [...rows].map((each) => `${each.key}@${each.position}`);
  }
}

describe('ChangeLog', () => {
  it('returns the changes after each position, and the rows at it', () => {
    const rig = new Rig();
    rig.put('a/a', 11n);
    rig.put('a/b', 13n);
    rig.delete('a/a', 15n);
    expect(rig.after(10n)).to.deep.equal(['a/a', 'a/b', '-a/a']);
    expect(rig.after(13n)).to.deep.equal(['-a/a']);
    expect(rig.after(14n)).to.deep.equal(['-a/a']);
    expect(rig.after(15n)).to.deep.equal([]);
    expect([10n, 11n, 12n, 13n, 15n, 99n].map((position) => rig.rowsAt(position))).to.deep.equal([
      [],
      ['a/a@11'],
      ['a/a@11'],
      ['a/a@11', 'a/b@13'],
      ['a/b@13'],
      ['a/b@13'],
    ]);
  });

  it('covers its beginning and no earlier position', () => {
    const { log } = new Rig();
    expect([9n, 10n, 11n].map((position) => log.covers(position))).to.deep.equal([false, true, true]);
  });

  for (const [bound, bounds] of [
    ['number of entries', { entries: 2 }],
    ['bytes', { bytes: 2 * (row('a/a', 11n).bytes.length + row('a/a', 11n).bytes.length) }],
    ['age', { age: 20 }],
  ] as const) {
    it(`drops the oldest entries beyond its ${bound}, and expires the positions before them`, () => {
      const rig = new Rig(bounds);
      for (const position of [11n, 12n, 13n, 14n]) {
        rig.now += 10;
        rig.put('a/a', position);
      }
      expect(rig.log.size).to.be.within(2, 3);
      expect(rig.log.size).to.equal(Number(14n - rig.log.oldest));
      expect(rig.log.covers(rig.log.oldest)).to.equal(true);
      expect(rig.log.covers(rig.log.oldest - 1n)).to.equal(false);
      expect(rig.rowsAt(rig.log.oldest)).to.deep.equal([`a/a@${rig.log.oldest}`]);
      expect(rig.log.entry(rig.log.firstNumber - 1)).to.equal(undefined);
    });
  }

  describe('with frames that watchers share', () => {
    const size = row('a/a', 11n).bytes.length;
    const frame = (log: ChangeLog, number: number, length: number): Buffer => {
      const entry = log.entry(number);
      if (entry === undefined) throw new Error(`no entry ${number}`);
      return log.sharedFrame(entry, 'object', 0, () => Buffer.alloc(length, 'x'));
    };

    it('counts them as bytes while their entries are in the log', () => {
      const rig = new Rig({ entries: 2 });
      rig.put('a/a', 11n);
      rig.put('a/a', 12n);
      expect(rig.log.bytes).to.equal(3 * size);
      expect(frame(rig.log, 0, 100)).to.equal(frame(rig.log, 0, 999));
      frame(rig.log, 1, 10);
      expect(rig.log.bytes).to.equal(3 * size + 110);
      rig.put('a/a', 13n);
      expect(rig.log.bytes).to.equal(4 * size + 10);
    });

    it('drops them before it drops an entry', () => {
      const rig = new Rig({ bytes: 5 * size });
      rig.put('a/a', 11n);
      rig.put('a/a', 12n);
      frame(rig.log, 0, size);
      frame(rig.log, 1, size);
      expect(rig.log.bytes).to.equal(5 * size);
      rig.put('a/a', 13n);
      expect([rig.log.size, rig.log.bytes]).to.deep.equal([3, 5 * size]);
      rig.put('a/a', 14n);
      expect([rig.log.size, rig.log.bytes]).to.deep.equal([2, 4 * size]);
    });

    it('keeps none that does not fit', () => {
      const rig = new Rig({ bytes: 3 * size });
      rig.put('a/a', 11n);
      expect(frame(rig.log, 0, 3 * size)).to.have.length(3 * size);
      expect([rig.log.size, rig.log.bytes]).to.deep.equal([1, size]);
    });

    it('keeps none of an entry that it has dropped', () => {
      const rig = new Rig({ entries: 1 });
      rig.put('a/a', 11n);
      const dropped = rig.log.entry(0);
      rig.put('a/a', 12n);
      if (dropped === undefined) throw new Error('there was no entry');
      expect(rig.log.sharedFrame(dropped, 'object', 0, () => Buffer.alloc(10))).to.have.length(10);
      expect(rig.log.bytes).to.equal(2 * size);
    });
  });

  it('keeps one entry of any size and age', () => {
    const rig = new Rig({ entries: 0, bytes: 0, age: 0, groupBytes: 0 });
    rig.put('a/a', 11n);
    rig.now += 1_000_000;
    expect([rig.log.size, rig.log.covers(10n)]).to.deep.equal([1, true]);
    rig.put('a/a', 12n);
    expect([rig.log.size, rig.log.covers(10n), rig.log.covers(11n)]).to.deep.equal([1, false, true]);
  });

  it('covers the ends of a skipped span, but not its inside', () => {
    const rig = new Rig();
    rig.put('a/a', 11n);
    rig.log.skip(11n, 20n);
    rig.put('a/b', 20n);
    expect([11n, 12n, 19n, 20n].map((position) => rig.log.covers(position))).to.deep.equal([true, false, false, true]);
    expect(rig.after(11n)).to.deep.equal(['a/b']);
    expect(rig.after(20n)).to.deep.equal([]);
  });

  it('includes a late entry for a watcher that resumes from its position', () => {
    const rig = new Rig({ entries: 2 });
    rig.put('a/a', 11n);
    rig.put('a/b', 11n, true);
    expect(rig.after(10n)).to.deep.equal(['a/a', 'a/b']);
    expect(rig.after(11n)).to.deep.equal(['a/b']);
    expect(rig.after(12n)).to.deep.equal([]);
    expect(rig.rowsAt(11n)).to.deep.equal(['a/a@11', 'a/b@11']);
    rig.put('a/c', 12n);
    expect([rig.log.oldest, rig.log.covers(11n), rig.after(11n)]).to.deep.equal([11n, true, ['a/b', 'a/c']]);
    rig.put('a/d', 13n);
    expect([rig.log.covers(11n), rig.log.covers(12n)]).to.deep.equal([false, true]);
  });

  it('keeps a snapshot for every 64th entry only', () => {
    const rig = new Rig({ entries: 640 });
    for (let position = 11n; position < 5000n; position += 1n) {
      rig.put('a/a', position);
      expect(rig.log.checkpoints).to.be.at.most(11);
    }
    expect(rig.log.checkpoints).to.be.at.least(10);
    expect(rig.rowsAt(rig.log.oldest + 70n)).to.deep.equal([`a/a@${rig.log.oldest + 70n}`]);
  });

  it('continues the running numbers that it starts with', () => {
    const rig = new Rig({}, 1000);
    expect([rig.log.firstNumber, rig.log.nextNumber]).to.deep.equal([1000, 1000]);
    rig.put('a/a', 11n);
    expect([rig.log.firstNumber, rig.log.nextNumber, rig.log.entry(1000)?.position, rig.log.entry(999)]).to.deep.equal([
      1000,
      1001,
      11n,
      undefined,
    ]);
  });

  it('equals an unbounded log at every position that it covers', () => {
    const step = fc.record({
      key: fc.constantFrom('a/a', 'a/b', 'b/a', 'c/c'),
      kind: fc.constantFrom('put', 'put', 'put', 'delete', 'late', 'skip'),
      by: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(100),
        (steps, entries, first) => {
          const rig = new Rig({ entries }, first);
          const history: { position: bigint; late: boolean; key: string; rows: string[] }[] = [];
          const skipped: (readonly [bigint, bigint])[] = [];
          let position = 10n;
          for (const { key, kind, by } of steps) {
            const from = position;
            if (kind !== 'late' || history.length === 0) position += BigInt(by);
            if (kind === 'skip') {
              rig.log.skip(from, position);
              skipped.push([from, position]);
              continue;
            }
            const late = kind === 'late' && history.length > 0;
            if (kind === 'delete' && rig.index.get(key) !== undefined) rig.delete(key, position);
            else rig.put(key, position, late);
            const rows = [...rig.index.snapshot().range('')].map((each) => `${each.key}@${each.position}`);
            history.push({ position, late, key, rows });
          }
          for (let at = 9n; at <= position + 1n; at += 1n) {
            const inside = skipped.some(([from, to]) => at > from && at < to);
            expect(rig.log.covers(at) && (inside || at < rig.log.oldest), `covers ${at}`).to.equal(false);
            if (!rig.log.covers(at)) continue;
            const expected = history.filter((entry) => entry.position > at || (entry.late && entry.position === at));
            expect(rig.after(at).map((key) => key.replace('-', ''))).to.deep.equal(expected.map(({ key }) => key));
            expect(rig.rowsAt(at)).to.deep.equal(history.findLast((entry) => entry.position <= at)?.rows ?? []);
          }
          expect(rig.log.size).to.equal(Math.min(entries, history.length));
          // The log covers every position after the last entry that it dropped.
          const lost = history[history.length - rig.log.size - 1];
          const inside = skipped.some(([from, to]) => position > from && position < to);
          if (lost === undefined || lost.position < position) expect(rig.log.covers(position)).to.equal(!inside);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('DEFAULT_LOG_BOUNDS', () => {
  it('is the same in docs/resource-versions.md', () => {
    const page = readFileSync(new URL('../../docs/resource-versions.md', import.meta.url), 'utf8').replaceAll(
      /\s+/g,
      ' ',
    );
    const documented = /A log keeps at most ([0-9,]+) changes, ([0-9]+) MiB and (one|[0-9]+) hours?\./.exec(page);
    const [entries, mebibytes, hours] = (documented ?? [])
      .slice(1)
      .map((text) => Number(text === 'one' ? 1 : text.replaceAll(',', '')));
    const { entries: maxEntries, bytes, age } = DEFAULT_LOG_BOUNDS;
    expect([entries, mebibytes, hours]).to.deep.equal([maxEntries, bytes / 1024 ** 2, age / 3_600_000]);
  });
});
