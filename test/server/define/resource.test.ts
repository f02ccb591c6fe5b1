import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { partsOf } from '../../../src/server/define/opaque.ts';
import { definitionText, resource, type ResourceDefinition } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

const definition: ResourceDefinition<unknown> = { kind: 'PodSummary', plural: 'podsummaries', namespaced: true };
const column = (name: string): NonNullable<ResourceDefinition<unknown>['columns']>[number] => ({
  name,
  type: 'string',
  value: () => '',
});

describe('resource()', () => {
  const pods: Collection<unknown> = fakeInformer(pod('shop/web'));

  for (const [change, message] of [
    [{ kind: 'podSummary' }, 'resource podsummaries: kind: "podSummary" must be CamelCase'],
    [{ kind: '' }, 'resource podsummaries: kind: "" must be CamelCase'],
    [{ plural: 'PodSummaries' }, 'resource PodSummaries: plural: "PodSummaries": a lowercase RFC 1123 label'],
    [{ plural: 'pods/x' }, 'resource pods/x: plural'],
    [{ plural: '' }, 'plural: ""'],
    [{ singular: 'Pod' }, 'resource podsummaries: singular: "Pod"'],
    [{ shortNames: ['ok', 'not ok'] }, 'resource podsummaries: shortNames: "not ok"'],
    [{ categories: ['All'] }, 'resource podsummaries: categories: "All"'],
    ...['watch', 'proxy', 'namespaces', 'status', 'finalize'].map(
      (plural) => [{ plural }, `resource ${plural}: plural: "${plural}" has another meaning in request paths`] as const,
    ),
    [
      { selectableFields: ['.phase'] },
      'resource podsummaries: selectableFields: ".phase" must be a path like status.phase or type',
    ],
    [{ selectableFields: ['a..b'] }, 'selectableFields'],
    [{ columns: [column('A'), column('A')] }, 'resource podsummaries: columns: "A" is used twice'],
    [{ columns: [column('Age')] }, 'resource podsummaries: columns: "Age" is used twice'],
    [{ columns: [column('')] }, 'resource podsummaries: columns: a column has no name'],
  ] as const) {
    it(`rejects ${JSON.stringify(change)}`, () => {
      expect(() => resource({ ...definition, ...change }, pods)).to.throw(TypeError, message);
    });
  }

  it('is read-only for rows, with the columns Name first and Age last', () => {
    const { discovery, columns } = partsOf(resource({ ...definition, columns: [column('Phase')] }, pods));
    expect(discovery).to.deep.include({
      name: 'podsummaries',
      singularName: 'podsummary',
      kind: 'PodSummary',
      verbs: ['get', 'list', 'watch'],
    });
    expect(columns.map(({ name }) => name)).to.deep.equal(['Name', 'Phase', 'Age']);
  });
});

describe('definitionText()', () => {
  it('changes with the functions of columns', () => {
    const one = { ...definition, columns: [{ ...column('A'), value: () => 'a' }] };
    const other = { ...definition, columns: [{ ...column('A'), value: () => 'b' }] };
    expect(definitionText(one)).to.equal(definitionText({ ...one }));
    expect(definitionText(one)).to.not.equal(definitionText(other));
  });
});
