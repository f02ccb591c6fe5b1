import { expect } from 'chai';
import { requirementsOf, type Selector, SelectorError } from '../../src/labels/label-selector.ts';
import { matchesLabels } from '../../src/labels/requirements.ts';

const web = { app: 'web', tier: 'front' };
const expressions = (key: string, operator: string, ...values: string[]): Selector => ({
  matchExpressions: [{ key, operator, values }],
});

describe('requirementsOf()', () => {
  // The same results as of apimachinery's labels.Requirement.Matches.
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
      expect(requirements !== undefined && matchesLabels(requirements, labels)).to.equal(expected);
    });
  }

  it('gives {} the meaning that the caller names', () => {
    expect(requirementsOf({}, 'everything')).to.deep.equal([]);
    expect(requirementsOf({}, 'nothing')).to.equal(undefined);
    expect(requirementsOf({ matchLabels: {} }, 'nothing'), 'a label selector, never a plain map').to.deep.equal([]);
  });

  for (const [selector, message] of [
    [expressions('app', 'Equals', 'web'), '"Equals" is not a valid label selector operator'],
    [expressions('app', 'In'), 'the operator In for the label "app" needs values'],
    [expressions('app', 'NotIn'), 'the operator NotIn for the label "app" needs values'],
    [expressions('app', 'Exists', 'web'), 'the operator Exists for the label "app" must not have values'],
    [expressions('app', 'DoesNotExist', 'web'), 'the operator DoesNotExist for the label "app" must not have values'],
    [{ app: 3 }, 'the value of the label "app" in a selector must be a string'],
    ['app=web', 'a selector must be an object, not a string'],
  ] as const) {
    it(`rejects ${JSON.stringify(selector)}`, () => {
      expect(() => requirementsOf(selector as unknown as Selector, 'everything')).to.throw(SelectorError, message);
    });
  }
});
