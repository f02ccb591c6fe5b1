import { expect } from 'chai';
import { type LabelOperator, matchesLabels } from '../../src/labels/requirements.ts';

describe('matchesLabels()', () => {
  // The same results as of apimachinery's labels.Requirement.Matches.
  for (const [operator, values, value, expected] of [
    ['In', ['a', 'b'], 'b', true],
    ['In', ['a'], 'b', false],
    ['In', [''], undefined, false],
    ['NotIn', ['a'], 'b', true],
    ['NotIn', ['a'], 'a', false],
    ['NotIn', ['a'], undefined, true],
    ['Exists', [], '', true],
    ['Exists', [], undefined, false],
    ['DoesNotExist', [], '', false],
    ['DoesNotExist', [], undefined, true],
    ['Gt', ['3'], '4', true],
    ['Gt', ['3'], '3', false],
    ['Gt', ['-3'], '+3', true],
    ['Gt', ['3'], undefined, false],
    ['Gt', ['3'], 'four', false],
    ['Gt', ['3'], '9223372036854775807', true],
    ['Gt', ['3'], '9223372036854775808', false],
    ['Lt', ['3'], '-9223372036854775808', true],
    ['Lt', ['3'], '-9223372036854775809', false],
    ['Lt', ['3'], '2', true],
    ['Lt', ['3'], '', false],
  ] satisfies readonly [LabelOperator, string[], string | undefined, boolean][]) {
    const label = value === undefined ? 'an object without the label' : `the value "${value}"`;
    it(`${operator} [${values.join(', ')}] ${expected ? 'selects' : 'does not select'} ${label}`, () => {
      const labels = value === undefined ? {} : { key: value };
      expect(matchesLabels([{ key: 'key', operator, values }], labels)).to.equal(expected);
    });
  }

  it('selects everything if there are no requirements', () => {
    expect(matchesLabels([], { a: 'b' })).to.equal(true);
    expect(matchesLabels([], undefined)).to.equal(true);
  });

  it('treats missing labels as an object without labels', () => {
    expect(matchesLabels([{ key: 'a', operator: 'NotIn', values: ['b'] }], undefined)).to.equal(true);
    expect(matchesLabels([{ key: 'a', operator: 'Exists', values: [] }], undefined)).to.equal(false);
  });

  it('reads only own properties of the labels', () => {
    expect(matchesLabels([{ key: 'constructor', operator: 'Exists', values: [] }], {})).to.equal(false);
  });

  it('requires all requirements', () => {
    const requirements = [
      { key: 'a', operator: 'Exists', values: [] },
      { key: 'b', operator: 'In', values: ['c'] },
    ] as const;
    expect(matchesLabels(requirements, { a: '', b: 'c' })).to.equal(true);
    expect(matchesLabels(requirements, { a: '', b: 'd' })).to.equal(false);
  });
});
