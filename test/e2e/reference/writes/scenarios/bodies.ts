/** Bodies and their media types: conformance 6.1. */
import { API_VERSION } from '../resources.ts';
import { current, del, flunder, json, merge, onNothing, onObject, post, put, type WriteScenario } from '../scenario.ts';

const YAML = `apiVersion: ${API_VERSION}
kind: Flunder
metadata:
  name: {name}
  labels: { a: "1" }
spec:
  reference: some text
  replicas: 3
`;
const yaml = { type: 'application/yaml' };
const MEBIBYTE = 1_048_576;
const nested = (levels: number): string =>
  `{"apiVersion":"${API_VERSION}","kind":"Flunder","metadata":{"name":"{name}"},"spec":{"open":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}}`;
const flunderText = (spec: string): string =>
  `{"apiVersion":"${API_VERSION}","kind":"Flunder","metadata":{"name":"{name}"},"spec":${spec}}`;

export const BODIES: readonly WriteScenario[] = [
  ...onNothing('6.1 body', [
    ['none', post(undefined)],
    ['empty', post('')],
    ['spaces', post('  \n')],
    ['broken JSON', post('{"apiVersion":')],
    ['text after JSON', post(`${flunderText('{}')} x`)],
    ['two documents', post(`${flunderText('{}')}${flunderText('{}')}`)],
    ['null', post('null')],
    ['a number', post('7')],
    ['a text', post('"text"')],
    ['an array', post('[]')],
    ['an empty object', post('{}')],
    ['YAML', post(YAML, yaml)],
    ['YAML with an anchor', post(`${YAML}  tags: [&x a]\n  notes: { b: *x }\n`, yaml)],
    ['YAML with words', post(`${YAML}  open: { a: yes, b: on, c: off, d: ~, e: 0o14, f: 014, g: 1_000 }\n`, yaml)],
    ['YAML with numbers', post(`${YAML}  open: { a: 1.0, b: 1e3, c: .5, d: 0x1f, e: 12345678901234567890 }\n`, yaml)],
    ['YAML with a time', post(`${YAML}  open: { a: 2001-01-01, b: 2001-01-01T00:00:00Z }\n`, yaml)],
    ['YAML with keys that are no text', post(`${YAML}  notes: { 1: a, true: b }\n`, yaml)],
    ['YAML that is broken', post('a: b: c', yaml)],
    ['two documents of YAML', post(`${YAML}---\n${YAML}`, yaml)],
    ['JSON as YAML', post(flunder(), yaml)],
    ['empty YAML', post('', yaml)],
    ['YAML as JSON', post(YAML)],
    ['no media type', post(flunder(), { type: '' })],
    ['with a charset', post(flunder(), { type: 'application/json; charset=utf-8' })],
    ['JSON in upper case', post(flunder(), { type: 'Application/JSON' })],
    ['text', post(flunder(), { type: 'text/plain' })],
    ['a form', post('a=b', { type: 'application/x-www-form-urlencoded' })],
    ['a media type that is none', post(flunder(), { type: 'json' })],
    ['a patch type', post(flunder(), { type: 'application/merge-patch+json' })],
    ['3 MiB', post(flunder({}, { spec: { open: { a: 'x'.repeat(3 * MEBIBYTE) } } }))],
    ['5 MiB', post(flunder({}, { spec: { open: { a: 'x'.repeat(5 * MEBIBYTE) } } }))],
    ['1 MiB', post(flunder({}, { spec: { open: { a: 'x'.repeat(MEBIBYTE) } } }))],
    ['100 levels', post(nested(100))],
    ['20000 levels', post(nested(20_000))],
    ['a prototype', post(flunderText('{"open":{"__proto__":{"a":1},"constructor":{"prototype":1}}}'))],
    [
      'a prototype at the top',
      post(
        '{"__proto__":{"a":1},"apiVersion":"writes.test.example.org/v1","kind":"Flunder","metadata":{"name":"{name}"}}',
      ),
    ],
    ['a lone surrogate', post(flunderText('{"reference":"\\ud800"}'))],
    ['a NUL', post(flunderText('{"reference":"a\\u0000b"}'))],
    ['a big number', post(flunderText('{"open":{"a":9007199254740993}}'))],
    ['a small number', post(flunderText('{"open":{"a":1e-7,"b":1.0,"c":1e400}}'))],
    ['a fraction of nothing', post(flunderText('{"replicas":2.0}'))],
    ['keys in another case', post(flunderText('{}').replace('"kind"', '"Kind"'))],
  ]),
  ...onObject('6.1 body of an update', [
    ['none', put(undefined)],
    ['empty', put('')],
    ['broken', put('{')],
    ['an array', put('[]')],
    ['text', put(current(), { type: 'text/plain' })],
    ['5 MiB', put(current({}, { spec: { open: { a: 'x'.repeat(5 * MEBIBYTE) } } }))],
  ]),
  ...onObject('6.1 body of a patch', [
    ['none', merge(undefined, { type: 'application/merge-patch+json' })],
    ['empty', merge('')],
    ['broken', merge('{')],
    ['an array', merge('[]')],
    ['null', merge('null')],
    ['text', merge('"text"')],
    ['no media type', merge({}, { type: '' })],
    ['JSON', merge({}, { type: 'application/json' })],
    ['strategic', merge({ spec: { reference: 'b' } }, { type: 'application/strategic-merge-patch+json' })],
    ['with a charset', merge({ spec: { reference: 'b' } }, { type: 'application/merge-patch+json; charset=utf-8' })],
    ['in upper case', merge({ spec: { reference: 'b' } }, { type: 'Application/Merge-Patch+JSON' })],
    ['5 MiB', merge({ spec: { open: { a: 'x'.repeat(5 * MEBIBYTE) } } })],
    ['no JSON patch', json({})],
    ['a JSON patch that is broken', json('[')],
  ]),
  ...onObject('6.1 body of a delete', [
    ['broken', del('{')],
    ['an array', del('[]')],
    ['another kind', del(flunder())],
    ['text', del('{}', { type: 'text/plain' })],
    ['an unknown field', del({ kind: 'DeleteOptions', apiVersion: 'v1', frob: 1 })],
    ['a wrong type', del({ kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 'x' })],
  ]),
];
