import { expect } from 'chai';
import { bytesOf, changesIn, type LogEntry } from '../../src/projections/log-entry.ts';
import { row } from './view-rig.ts';

const [before, after] = [row('a/a', 10n), row('a/a', 11n)];
const entry: LogEntry = { before, after, place: 11n, position: 11n, digest: 0, at: 0, late: false };

describe('changesIn()', () => {
  it('returns the change of an event', () => {
    expect(changesIn(entry)).to.deep.equal([entry]);
  });

  it('returns the rows of a silent entry before and after they got other versions', () => {
    const restamped = [{ before, after }];
    expect(changesIn({ ...entry, before: undefined, after: undefined, restamped })).to.equal(restamped);
  });
});

describe('bytesOf()', () => {
  it('adds the bytes before and after each change', () => {
    const size = after.bytes.length;
    const changes = [
      { before: undefined, after },
      { before: after, after },
      { before: after, after: undefined },
    ];
    expect(bytesOf(changes)).to.equal(4 * size);
  });
});
