/** Updates of objects that are older than their schema: unchanged parts may stay invalid. */
import type { Json } from '../../../../src/server/wire/object.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

export interface Update {
  readonly name: string;
  readonly old: Json;
  readonly changed: Json;
}

const short: Schema = { type: 'string', maxLength: 2 };

export const updateSchema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['r'],
      properties: {
        r: short,
        a: short,
        o: { type: 'object', required: ['x'], properties: { x: short, y: short } },
        m: { type: 'object', additionalProperties: short },
        l: { type: 'array', items: short },
        t: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', required: ['k'], properties: { k: { type: 'string' }, v: short, w: short } },
        },
        s: { type: 'array', 'x-kubernetes-list-type': 'set', items: short },
        e: {
          type: 'object',
          properties: { x: short, y: short },
          anyOf: [{ properties: { x: { pattern: '^a' } } }, { properties: { x: { pattern: '^b' } } }],
        },
        n: {
          type: 'object',
          properties: { x: short, y: short },
          oneOf: [{ properties: { x: { pattern: '^a' } } }, { properties: { x: { pattern: '^b' } } }],
        },
        c: { type: 'string', enum: ['a'] },
      },
    },
  },
};

export const UPDATES: readonly Update[] = [
  { name: 'nothing changes', old: { a: 'long', c: 'z' }, changed: { a: 'long', c: 'z' } },
  { name: 'another field changes', old: { r: 'r', a: 'long', c: 'z' }, changed: { r: 'q', a: 'long', c: 'z' } },
  { name: 'the wrong field changes', old: { r: 'r', a: 'long' }, changed: { r: 'r', a: 'longer' } },
  { name: 'a required field is still missing', old: { a: 'a' }, changed: { a: 'b' } },
  {
    name: 'a required field further in is still missing',
    old: { r: 'r', o: { y: 'y' } },
    changed: { r: 'q', o: { y: 'y' } },
  },
  {
    name: 'a required field beside a change is missing',
    old: { r: 'r', o: { y: 'y' } },
    changed: { r: 'r', o: { y: 'z' } },
  },
  {
    name: 'a field beside a change',
    old: { r: 'r', o: { x: 'long', y: 'y' } },
    changed: { r: 'r', o: { x: 'long', y: 'z' } },
  },
  {
    name: 'a value of a map',
    old: { r: 'r', m: { a: 'long', b: 'b' } },
    changed: { r: 'r', m: { a: 'long', b: 'longer' } },
  },
  { name: 'a new value of a map', old: { r: 'r', m: { a: 'long' } }, changed: { r: 'r', m: { b: 'long' } } },
  { name: 'a list as it was', old: { r: 'r', l: ['long'] }, changed: { r: 'q', l: ['long'] } },
  { name: 'a list with one more', old: { r: 'r', l: ['long'] }, changed: { r: 'r', l: ['long', 'b'] } },
  {
    name: 'an item of a list map as it was',
    old: { r: 'r', t: [{ k: 'a', v: 'long' }] },
    changed: { r: 'r', t: [{ k: 'b' }, { k: 'a', v: 'long' }] },
  },
  {
    name: 'an item of a list map beside a change',
    old: { r: 'r', t: [{ k: 'a', v: 'long', w: 'w' }] },
    changed: { r: 'r', t: [{ k: 'a', v: 'long', w: 'x' }] },
  },
  {
    name: 'an item of a list map with another key',
    old: { r: 'r', t: [{ k: 'a', v: 'long' }] },
    changed: { r: 'r', t: [{ k: 'b', v: 'long' }] },
  },
  {
    name: 'a list map that had duplicates',
    old: { r: 'r', t: [{ k: 'a' }, { k: 'a' }] },
    changed: { r: 'q', t: [{ k: 'a' }, { k: 'a' }, { k: 'a' }] },
  },
  { name: 'a set that had duplicates', old: { r: 'r', s: ['a', 'a'] }, changed: { r: 'r', s: ['b', 'b'] } },
  { name: 'a set that had none', old: { r: 'r', s: ['a', 'b'] }, changed: { r: 'r', s: ['b', 'b'] } },
  {
    name: 'duplicates move to another list',
    old: { r: 'r', s: ['a', 'a'] },
    changed: { r: 'r', t: [{ k: 'a' }, { k: 'a' }] },
  },
  { name: 'an anyOf that was wrong, unchanged', old: { r: 'r', e: { x: 'c' } }, changed: { r: 'q', e: { x: 'c' } } },
  {
    name: 'an anyOf that was wrong, beside a change',
    old: { r: 'r', e: { x: 'c', y: 'y' } },
    changed: { r: 'r', e: { x: 'c', y: 'z' } },
  },
  {
    name: 'a oneOf that was wrong, beside a change',
    old: { r: 'r', n: { x: 'c', y: 'y' } },
    changed: { r: 'r', n: { x: 'c', y: 'z' } },
  },
  { name: 'a oneOf that changes', old: { r: 'r', n: { x: 'c' } }, changed: { r: 'r', n: { x: 'd' } } },
  {
    name: 'fields in another order',
    old: { r: 'r', o: { a: 1, x: 'long', y: 'longer' } },
    changed: { o: { y: 'longer', x: 'long', a: 1 }, r: 'q' },
  },
];

export const statusSchema: Schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { title: { type: 'string' } } },
    status: {
      type: 'object',
      required: ['phase'],
      properties: {
        phase: short,
        done: { type: 'boolean', default: false },
        items: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      },
      not: { properties: { phase: { enum: ['no'] } }, required: ['phase'] },
    },
  },
};

/** Updates of a status that was `{ phase: 'ok' }`. */
export const STATUSES: readonly { readonly name: string; readonly status: Json }[] = [
  { name: 'a good one', status: { phase: 'up' } },
  { name: 'a value that is too long', status: { phase: 'long' } },
  { name: 'a value of another type', status: { phase: 1 } },
  { name: 'nothing', status: {} },
  { name: 'another type', status: 'ok' },
  { name: 'null', status: null },
  { name: 'a condition that must not be', status: { phase: 'no' } },
  { name: 'duplicates', status: { phase: 'ok', items: ['a', 'a'] } },
  { name: 'duplicates of another type', status: { phase: 'ok', items: [1, 1] } },
];
