import { expect } from 'chai';
import { requirementsOf, type Selector } from '../../../src/labels/label-selector.ts';
import type { Labels } from '../../../src/labels/requirements.ts';
import { SelectorIndex } from '../../../src/projections/match/selector-index.ts';

const MANY = 1000;

/** Labels that count how often they are read. */
function counted(labels: Labels, looked: () => void): Labels {
  return new Proxy(labels, {
    getOwnPropertyDescriptor: (target, name) => {
      looked();
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
}

describe('SelectorIndex', () => {
  const requirements = (selector: Selector) => requirementsOf(selector, 'everything');
  const helm = (n: number): Labels => ({ 'managed-by': 'Helm', app: `app-${n}` });

  it('reads few objects for a selector, also if all objects share a label', () => {
    const index = new SelectorIndex();
    let looks = 0;
    for (let n = 0; n < MANY; n += 1)
      index.setLabels(
        `pod-${n}`,
        counted(helm(n), () => (looks += 1)),
      );
    looks = 0;
    index.setSelector('service', requirements(helm(7)));
    expect([...index.objectsOf('service')]).to.deep.equal(['pod-7']);
    index.setSelector(
      'service',
      requirements({ matchExpressions: [{ key: 'app', operator: 'In', values: ['app-1', 'app-2'] }] }),
    );
    expect([...index.objectsOf('service')]).to.deep.equal(['pod-1', 'pod-2']);
    expect(looks).to.be.within(3, 6);
  });

  it('reads few selectors for an object, also if all selectors share a label', () => {
    const index = new SelectorIndex();
    let looks = 0;
    for (let n = 0; n < MANY; n += 1) index.setSelector(`service-${n}`, requirements(helm(n)));
    index.setLabels(
      'pod',
      counted(helm(7), () => (looks += 1)),
    );
    looks = 0;
    expect([...index.selectorsOf('pod')]).to.deep.equal(['service-7']);
    // Object.entries also reads each label once.
    expect(looks).to.be.within(1, 8);
  });

  it('returns whether a selector or labels changed', () => {
    const index = new SelectorIndex();
    expect(index.setLabels('pod', { app: 'web' })).to.equal(true);
    expect(index.setLabels('pod', { app: 'web' })).to.equal(false);
    expect(index.setLabels('pod', {})).to.equal(true);
    expect(index.setSelector('service', requirements({ app: 'web' }))).to.equal(true);
    expect(index.setSelector('service', requirements({ matchLabels: { app: 'web' } }))).to.equal(false);
    expect(index.setSelector('none', undefined)).to.equal(false);
  });

  it('is empty after everything was deleted', () => {
    const index = new SelectorIndex();
    index.setLabels('pod', { app: 'web' });
    index.setSelector('service', requirements({ app: 'web' }));
    index.setSelector('all', requirements({}));
    expect([...index.selectorsOf('pod')].toSorted()).to.deep.equal(['all', 'service']);
    for (const key of ['service', 'all']) index.setSelector(key, undefined);
    expect(index.isEmpty).to.equal(false);
    index.setLabels('pod', undefined);
    expect([index.isEmpty, ...index.selectorsOf('pod'), ...index.objectsOf('all')]).to.deep.equal([true]);
  });
});
