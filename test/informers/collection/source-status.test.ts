import { expect } from 'chai';
import { type SourceStatus, troubleOf } from '../../../src/informers/collection/source-status.ts';

describe('troubleOf()', () => {
  const status = (name: string, message?: string): SourceStatus => ({
    name,
    hasSynced: true,
    ready: true,
    message,
    lastActivity: undefined,
    unsyncedSince: undefined,
  });

  it('returns undefined if no source has a problem', () => {
    expect(troubleOf([])).to.equal(undefined);
    expect(troubleOf([status('pods'), status('nodes')])).to.equal(undefined);
  });

  it('returns the problems of all sources in one line', () => {
    const sources = [status('pods', 'the first list has not arrived'), status('nodes'), status('jobs', 'forbidden')];
    expect(troubleOf(sources)).to.equal('pods: the first list has not arrived; jobs: forbidden');
  });
});
