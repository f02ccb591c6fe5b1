import { expect } from 'chai';
import { type SourceStatus, problemOfSources } from '../../../src/informers/collection/source-status.ts';

describe('problemOfSources()', () => {
  const status = (name: string, message?: string): SourceStatus => ({
    name,
    hasSynced: true,
    ready: true,
    message,
    lastActivity: undefined,
    unsyncedSince: undefined,
  });

  it('returns undefined if no source has a problem', () => {
    expect(problemOfSources([])).to.equal(undefined);
    expect(problemOfSources([status('pods'), status('nodes')])).to.equal(undefined);
  });

  it('returns the problems of all sources in one line', () => {
    const sources = [status('pods', 'the first list has not arrived'), status('nodes'), status('jobs', 'forbidden')];
    expect(problemOfSources(sources)).to.equal('pods: the first list has not arrived; jobs: forbidden');
  });
});
