import { expect } from 'chai';
import type { RecordedResponse } from '../exchange.ts';
import { flatManagers } from './flat-managers.ts';
import { WrittenNames } from './written-names.ts';

const UID = '11111111-2222-3333-4444-555555555555';
const object = (resourceVersion: string, more: object = {}): object => ({
  metadata: { name: 'w1', uid: UID, resourceVersion, creationTimestamp: '2001-02-03T04:05:06Z', ...more },
});
const response = (value: unknown): RecordedResponse => ({
  status: 200,
  headers: {},
  text: JSON.stringify(value),
  end: 'complete',
});

describe('WrittenNames', () => {
  it('gives equal values equal names, and marks a version that did not increase', () => {
    const names = new WrittenNames('w1');
    const version = (value: string): unknown =>
      (names.named(object(value)) as { metadata: { resourceVersion: unknown } }).metadata.resourceVersion;
    expect(['7', '9', '7', '9', '8'].map(version)).to.deep.equal([
      'rv 1',
      'rv 2',
      'rv 1',
      'rv 2',
      'rv 3, which did not increase',
    ]);
    expect(names.named(object('7'))).to.deep.include({
      metadata: { name: 'w1', uid: 'uid 1', resourceVersion: 'rv 1', creationTimestamp: 'a time' },
    });
    expect(names.named({ uid: 'no uuid' })).to.deep.equal({ uid: 'no uuid' });
  });

  it('replaces placeholders in requests', () => {
    const names = new WrittenNames('w1');
    expect(names.fill('{name} {rv} {uid}.')).to.equal('w1 1 .');
    for (const version of ['7', '9']) names.learn(response(object(version)));
    names.learn(response({ metadata: { name: 'other', uid: 'x', resourceVersion: '99' } }));
    expect(names.fill('{name} {rv} {rv1} {uid} {"a":{}}')).to.equal(`w1 9 7 ${UID} {"a":{}}`);
  });

  it('hides only the generated part of a name', () => {
    const names = new WrittenNames('w1');
    expect(names.named({ generateName: 'job-', name: 'job-bcdfg' })).to.deep.include({ name: 'job-{generated}' });
    expect(names.named({ generateName: 'job-', name: 'job-aeiou' })).to.deep.include({ name: 'job-aeiou' });
    expect(names.named({ name: 'job-bcdfg' })).to.deep.include({ name: 'job-bcdfg' });
  });

  it('ignores the order and repetition of causes', () => {
    const [a, b] = [{ field: 'a' }, { field: 'b' }];
    const names = new WrittenNames('w1');
    const namesOf = (causes: unknown): unknown => names.named({ causes });
    expect(namesOf([b, a, b])).to.deep.equal(namesOf([a, b]));
    expect(namesOf([a])).to.not.deep.equal(namesOf([a, b]));
  });
});

describe('flatManagers()', () => {
  it('sorts managers and lists the paths of each', () => {
    const managers = [
      { manager: 'b', operation: 'Apply', fieldsV1: { 'f:spec': { '.': {}, 'f:x': {} } } },
      { manager: 'a', operation: 'Update', fieldsV1: { 'f:status': {} } },
    ];
    expect(flatManagers({ managedFields: managers })).to.deep.equal({
      managedFields: [
        { manager: 'a', operation: 'Update', fieldsV1: 'f:status' },
        { manager: 'b', operation: 'Apply', fieldsV1: 'f:spec/. f:spec/f:x' },
      ],
    });
  });
});
