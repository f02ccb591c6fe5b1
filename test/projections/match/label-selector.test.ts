import { expect } from 'chai';
import {
  requirementsOf,
  type Selector,
  SelectorError,
  selects,
} from '../../../src/projections/match/label-selector.ts';

const web = { app: 'web', tier: 'front' };
const expressions = (key: string, operator: string, ...values: string[]): Selector => ({
  matchExpressions: [{ key, operator, values }],
});

describe('a selector', () => {
  // As apimachinery's labels.Requirement.Matches has it.
  for (const [selector, labels, expected] of [
    [{ app: 'web' }, web, true],
    [{ app: 'web', tier: 'back' }, web, false],
    [{ app: '' }, web, false],
    [{ app: '' }, {}, false],
    [{ app: '' }, { app: '' }, true],
    [{ matchLabels: { app: 'web' } }, web, true],
    [{ matchLabels: { app: 'db' } }, web, false],
    [{ matchLabels: {} }, web, true],
    [{ matchLabels: null }, web, true],
    [{ matchExpressions: [] }, web, true],
    [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, web, false],
    [expressions('app', 'In', 'db', 'web'), web, true],
    [expressions('app', 'In', 'db'), web, false],
    [expressions('gone', 'In', 'web'), web, false],
    [expressions('app', 'NotIn', 'db'), web, true],
    [expressions('app', 'NotIn', 'web', 'db'), web, false],
    [expressions('gone', 'NotIn', 'web'), web, true],
    [expressions('app', 'Exists'), web, true],
    [expressions('gone', 'Exists'), web, false],
    [expressions('constructor', 'Exists'), web, false],
    [expressions('app', 'DoesNotExist'), web, false],
    [expressions('gone', 'DoesNotExist'), web, true],
    [{ matchLabels: 'web' }, { matchLabels: 'web' }, true],
    [{ matchExpressions: 'web' }, web, false],
    [undefined, web, false],
    [null, web, false],
  ] as const) {
    it(`${JSON.stringify(selector)} ${expected ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
      const requirements = requirementsOf(selector, 'everything');
      expect(requirements !== undefined && selects(requirements, labels)).to.equal(expected);
    });
  }

  it('{} selects what it is said to', () => {
    expect(requirementsOf({}, 'everything')).to.deep.equal([]);
    expect(requirementsOf({}, 'nothing')).to.equal(undefined);
    expect(requirementsOf({ matchLabels: {} }, 'nothing'), 'can only be a label selector').to.deep.equal([]);
  });

  for (const [selector, message] of [
    [expressions('app', 'Equals', 'web'), '"Equals" is not a valid label selector operator'],
    [expressions('app', 'In'), 'In needs values (app)'],
    [expressions('app', 'NotIn'), 'NotIn needs values (app)'],
    [expressions('app', 'Exists', 'web'), 'Exists takes no values (app)'],
    [expressions('app', 'DoesNotExist', 'web'), 'DoesNotExist takes no values (app)'],
    [{ app: 3 }, "the selector's value for app is no string"],
    ['app=web', 'a selector is an object, not a string'],
  ] as const) {
    it(`${JSON.stringify(selector)} is refused`, () => {
      expect(() => requirementsOf(selector as unknown as Selector, 'everything')).to.throw(SelectorError, message);
    });
  }
});
