import { expect } from 'chai';
import { EtcdKeys, normalPrefix } from '../../../src/stores/etcd/etcd-keys.ts';

const TASKS = { group: 'example.com', resource: 'tasks' };

describe('EtcdKeys', () => {
  it('joins prefix, group, resource, namespace and name', () => {
    const keys = new EtcdKeys('/a', TASKS);
    expect(keys.of('shop/x').toString()).to.equal('/a/example.com/tasks/shop/x');
    expect(keys.of('x').toString()).to.equal('/a/example.com/tasks/x');
    for (const key of ['shop/x', 'x', 'ü/😀']) expect(keys.parse(keys.of(key))).to.equal(key);
  });

  it('has a range that contains its own keys and no keys of other resources', () => {
    const all = [
      new EtcdKeys('a', TASKS),
      new EtcdKeys('a-b/', TASKS),
      new EtcdKeys('a', { ...TASKS, resource: 'tasks-old' }),
      new EtcdKeys('a', { ...TASKS, group: 'example.com.au' }),
      new EtcdKeys('ab', TASKS),
    ];
    for (const keys of all) {
      for (const others of all) {
        for (const key of ['a', '~', '\0', 'shop/a', '\u{10FFFF}']) {
          const etcdKey = others.of(key);
          const held = etcdKey.compare(keys.first) >= 0 && etcdKey.compare(keys.end) < 0;
          expect(held, `${etcdKey.toString()} in ${keys.first.toString()}`).to.equal(keys === others);
        }
      }
    }
  });

  it('returns undefined for keys that no object can have', () => {
    const keys = new EtcdKeys('/a', TASKS);
    for (const rest of ['', '/', 'x/', '/x', 'a/b/c'])
      expect(keys.parse(Buffer.from(`/a/example.com/tasks/${rest}`)), rest).to.equal(undefined);
    expect(keys.parse(Buffer.concat([keys.first, Buffer.from([0xff])]))).to.equal(undefined);
  });
});

describe('normalPrefix()', () => {
  it('accepts prefixes with and without slashes around them', () => {
    for (const prefix of ['a/b', '/a/b', 'a/b/', '/a/b/']) expect(normalPrefix(prefix)).to.equal('/a/b');
    for (const prefix of ['', '/', '//', 'a//b', '//a']) expect(() => normalPrefix(prefix), prefix).to.throw(TypeError);
  });
});
