import { expect } from 'chai';
import { labelsText, orNone, selectorText } from '../../../../src/testing/cluster/columns/label-text.ts';

describe('selectorText()', () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['b', 'a'] },
    { key: 'old', operator: 'DoesNotExist' },
    { key: 'zone', operator: 'NotIn', values: ['x'] },
    { key: 'env', operator: 'Exists' },
  ];
  for (const [title, selector, text] of [
    ['prints labels, sorted by key', { matchLabels: { tier: 'front', app: 'web' } }, 'app=web,tier=front'],
    ['prints every operator, sorted by key', { matchExpressions }, 'env,!old,tier in (a,b),zone notin (x)'],
    [
      'prints labels and expressions together',
      { matchLabels: { app: 'web' }, matchExpressions: matchExpressions.slice(0, 1) },
      'app=web,tier in (a,b)',
    ],
    ['is empty for a selector without requirements', {}, ''],
    ['is empty for a missing selector', undefined, ''],
  ] as const) {
    it(title, () => {
      expect(selectorText(selector)).to.equal(text);
    });
  }
});

describe('labelsText()', () => {
  it('prints labels, sorted by key', () => {
    expect(labelsText({ tier: 'front', app: 'web' })).to.equal('app=web,tier=front');
  });
});

describe('orNone()', () => {
  it('replaces only an empty text', () => {
    expect([orNone(''), orNone('a')]).to.deep.equal(['<none>', 'a']);
  });
});
