import { expect } from 'chai';

import { EventLog } from '../../../../src/testing/cluster/storage/event-log.ts';
import type { StorageEvent } from '../../../../src/testing/cluster/storage/event-log.ts';

const event = (revision: number): StorageEvent => ({ revision }) as StorageEvent;

const logOf = (limit: number, ...revisions: readonly number[]): EventLog => {
  const log = new EventLog(limit, 10);
  for (const revision of revisions) log.append(event(revision));
  return log;
};

const after = (log: EventLog, revision: number): number[] => {
  const found = [];
  for (let position = log.positionAfter(revision); position < log.end; position += 1)
    found.push(log.at(position)!.revision);
  return found;
};

describe('EventLog', () => {
  it('finds the events after any revision', () => {
    const log = logOf(10, 12, 15, 15, 20);
    expect(after(log, 10)).to.deep.equal([12, 15, 15, 20]);
    expect(after(log, 13)).to.deep.equal([15, 15, 20]);
    expect(after(log, 15)).to.deep.equal([20]);
    expect(after(log, 99)).to.deep.equal([]);
  });

  it('drops only the oldest events beyond its limit, and keeps positions', () => {
    const log = logOf(3, 11, 12, 13);
    const position = log.positionAfter(12);
    for (let revision = 14; revision < 5000; revision += 1) {
      log.append(event(revision));
      expect(log.end - log.start).to.equal(3);
    }
    expect(log.at(position)).to.equal(undefined);
    expect(log.at(log.end - 1)?.revision).to.equal(4999);
    expect(after(log, 4997)).to.deep.equal([4998, 4999]);
  });

  it('has the revision before the oldest event as its floor after events were dropped', () => {
    expect(logOf(3, 20, 30, 40).floor).to.equal(10);
    expect(logOf(3, 20, 30, 40, 50).floor).to.equal(29);
  });

  it('has no floor between two events of one revision of which one was dropped', () => {
    expect(logOf(2, 20, 20, 30).floor).to.equal(20);
  });

  it('is empty after clear()', () => {
    const log = logOf(3, 11, 12);
    log.clear(15);
    expect([log.floor, log.end - log.start]).to.deep.equal([15, 0]);
    log.append(event(16));
    expect(after(log, 15)).to.deep.equal([16]);
  });
});
