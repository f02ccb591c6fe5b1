import { expect } from 'chai';

import { strategicMergePatch } from '../../../../src/testing/cluster/http/strategic-merge.ts';

const containers = [
  { name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] },
  { name: 'b', image: 'b:1' },
];

describe('strategicMergePatch()', () => {
  for (const [what, object, patch, result] of [
    [
      'merges objects and removes fields that are null',
      { a: { b: 1, c: 2 } },
      { a: { b: null, d: 3 } },
      { a: { c: 2, d: 3 } },
    ],
    ['replaces lists of scalars', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    [
      'replaces lists without a merge key',
      { taints: [{ key: 'a' }] },
      { taints: [{ key: 'b' }] },
      { taints: [{ key: 'b' }] },
    ],
    [
      'merges lists by their key',
      { containers },
      { containers: [{ name: 'b', image: 'b:2' }] },
      { containers: [containers[0], { name: 'b', image: 'b:2' }] },
    ],
    [
      'appends new elements',
      { containers: [containers[1]] },
      { containers: [containers[0]] },
      { containers: [containers[1], containers[0]] },
    ],
    [
      'removes elements',
      { containers },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [containers[1]] },
    ],
    [
      'replaces a list',
      { containers },
      { containers: [{ name: 'c' }, { $patch: 'replace' }] },
      { containers: [{ name: 'c' }] },
    ],
    ['replaces an object', { a: { b: 1 } }, { a: { c: 2, $patch: 'replace' } }, { a: { c: 2 } }],
    ['empties an object', { a: { b: 1 } }, { a: { $patch: 'delete' } }, { a: {} }],
    [
      'sorts elements by $setElementOrder',
      { containers },
      {
        $setElementOrder: 0,
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'a:2' }],
      },
      { containers: [containers[1], { ...containers[0], image: 'a:2' }] },
    ],
    [
      'keeps the positions of elements outside $setElementOrder',
      { env: [{ name: 'x' }, { name: 'server' }, { name: 'y' }] },
      { '$setElementOrder/env': [{ name: 'y' }, { name: 'x' }] },
      { env: [{ name: 'y' }, { name: 'server' }, { name: 'x' }] },
    ],
    [
      'adds to sets and removes from them',
      { finalizers: ['a', 'b'] },
      { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b', 'c'] },
    ],
    [
      'keeps only the fields of $retainKeys',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      { strategy: { $retainKeys: ['type'], type: 'X' } },
      { strategy: { type: 'X' } },
    ],
    [
      'merges ports of containers and of services by their keys',
      { ports: [{ port: 1 }, { port: 2 }] },
      { ports: [{ port: 2, name: 'x' }] },
      { ports: [{ port: 1 }, { port: 2, name: 'x' }] },
    ],
    [
      'merges nested lists',
      { containers },
      { containers: [{ name: 'a', ports: [{ containerPort: 81 }] }] },
      { containers: [{ ...containers[0], ports: [{ containerPort: 80 }, { containerPort: 81 }] }, containers[1]] },
    ],
  ] as const) {
    it(what, () => {
      const before = structuredClone(object);
      expect(strategicMergePatch(object, patch)).to.deep.equal(result);
      expect(object).to.deep.equal(before);
    });
  }

  for (const patch of ['text', [], { a: { $patch: 'confuse' } }, { containers: [{ image: 'no name' }] }]) {
    it(`refuses ${JSON.stringify(patch)}`, () => {
      expect(() => strategicMergePatch({ containers }, patch))
        .to.throw()
        .with.property('code', 400);
    });
  }
});
