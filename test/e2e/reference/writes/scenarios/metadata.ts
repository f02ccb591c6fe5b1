/** Rules for metadata: conformance 6.7. */
import { flunder, merge, onNothing, onObject, post, type WriteScenario } from '../scenario.ts';

const owner = (more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'o',
  uid: '11111111-2222-3333-4444-555555555555',
  ...more,
});
const labels = (value: object): object => flunder({ labels: value });
const owners = (...ownerReferences: object[]): object => flunder({ ownerReferences });

export const METADATA: readonly WriteScenario[] = [
  ...onNothing('6.7 labels', [
    ['good', post(labels({ a: '', 'example.com/b': 'C_d.e-f', 'x.y/z': '1' }))],
    ['a bad key', post(labels({ 'a b': 'c' }))],
    ['an empty key', post(labels({ '': 'c' }))],
    ['two slashes', post(labels({ 'a/b/c': 'd' }))],
    ['an empty prefix', post(labels({ '/b': 'd' }))],
    ['a bad prefix', post(labels({ 'Example.com/b': 'd' }))],
    ['a long key', post(labels({ ['k'.repeat(64)]: 'd' }))],
    ['a bad value', post(labels({ a: 'b c' }))],
    ['a long value', post(labels({ a: 'v'.repeat(64) }))],
    [
      'a prototype',
      post(
        '{"apiVersion":"writes.test.example.org/v1","kind":"Flunder","metadata":{"name":"{name}","labels":{"__proto__":"x"}}}',
      ),
    ],
    ['a key and its value', post(labels({ '-a': 'b-' }))],
  ]),
  ...onNothing('6.7 annotations', [
    ['anything', post(flunder({ annotations: { 'A.b/C': '\n\t<&> \u2028 ü', empty: '' } }))],
    ['a bad key', post(flunder({ annotations: { 'a b': 'c' } }))],
    ['upper case in a prefix', post(flunder({ annotations: { 'EXAMPLE.com/B': 'c' } }))],
    ['too long', post(flunder({ annotations: { a: 'x'.repeat(262_144) } }))],
    ['of the maximum length', post(flunder({ annotations: { a: 'x'.repeat(262_143) } }))],
  ]),
  ...onNothing('6.7 owners', [
    ['good', post(owners(owner(), owner({ uid: 'another', controller: true, blockOwnerDeletion: true })))],
    ['no uid', post(owners(owner({ uid: undefined })))],
    ['no name', post(owners(owner({ name: '' })))],
    ['no kind', post(owners(owner({ kind: '' })))],
    ['no apiVersion', post(owners(owner({ apiVersion: '' })))],
    ['an apiVersion without a version', post(owners(owner({ apiVersion: 'a/b/c' })))],
    ['nothing', post(owners({}))],
    ['two controllers', post(owners(owner({ controller: true }), owner({ uid: 'two', controller: true })))],
    ['an event', post(owners(owner({ kind: 'Event' })))],
    ['one twice', post(owners(owner(), owner()))],
    ['an unknown field', post(owners(owner({ frob: 1 })))],
  ]),
  ...onNothing('6.7 finalizers', [
    ['good', post(flunder({ finalizers: ['example.com/a', 'example.com/b'] }))],
    ['without a slash', post(flunder({ finalizers: ['mine'] }))],
    ['with spaces', post(flunder({ finalizers: ['a b'] }))],
    ['empty', post(flunder({ finalizers: [''] }))],
    ['one twice', post(flunder({ finalizers: ['example.com/a', 'example.com/a'] }))],
    ['orphan and foreground', post(flunder({ finalizers: ['orphan', 'foregroundDeletion'] }))],
    ['orphan', post(flunder({ finalizers: ['orphan'] }))],
  ]),
  ...onObject('6.7 by a patch', [
    ['labels', merge({ metadata: { labels: { a: 'b' } } })],
    ['a bad label', merge({ metadata: { labels: { 'a b': 'c d' } } })],
    ['a bad annotation', merge({ metadata: { annotations: { 'a b': 'c d' } } })],
    ['a bad owner', merge({ metadata: { ownerReferences: [{ name: 'x' }] } })],
    ['a bad finalizer', merge({ metadata: { finalizers: ['a b'] } })],
    ['a label removed', [merge({ metadata: { labels: { a: 'b' } } }), merge({ metadata: { labels: { a: null } } })]],
    ['generateName', merge({ metadata: { generateName: 'x-' } })],
  ]),
];
