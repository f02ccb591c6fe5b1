/** Integers of 64 bits in the bodies of writes: no write rounds them silently. */
import { expect } from 'chai';
import { CustomRig, task, TASK, TASKS } from './custom-rig.ts';

const INTEGER = '9007199254740993';
const object = (spec: string, name = 'a'): string =>
  `{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"${name}"},"spec":${spec}}`;

describe('a write with an integer that a number would round', () => {
  let rig: CustomRig;
  beforeEach(async () => {
    rig = new CustomRig({
      ...TASK,
      schema: {
        type: 'object',
        properties: {
          spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    });
    await rig.send('POST', TASKS, task('a', { replicas: 1 }));
  });
  afterEach(() => rig.close());

  for (const [title, method, path, body, type, at] of [
    ['a create', 'POST', '', object(`{"at":${INTEGER}}`, 'b'), 'application/json', 'spec.at'],
    ['a create in YAML', 'POST', '', `spec:\n  list:\n  - at: ${INTEGER}\n`, 'application/yaml', 'spec.list[0].at'],
    ['an update', 'PUT', '/a', object(`{"list":[1,${INTEGER}]}`), 'application/json', 'spec.list[1]'],
    [
      'an update of the status',
      'PUT',
      '/a/status',
      object(`{},"status":{"at":${INTEGER}}`),
      'application/json',
      'status.at',
    ],
    ['a merge patch', 'PATCH', '/a', `{"spec":{"at":${INTEGER}}}`, 'application/merge-patch+json', 'spec.at'],
    [
      'a JSON patch',
      'PATCH',
      '/a',
      `[{"op":"add","path":"/spec/at","value":{"b":${INTEGER}}}]`,
      'application/json-patch+json',
      '[0].value.b',
    ],
    [
      'a test of a JSON patch',
      'PATCH',
      '/a',
      `[{"op":"test","path":"/spec/replicas","value":${INTEGER}}]`,
      'application/json-patch+json',
      '[0].value',
    ],
    ['an apply', 'PATCH', '/a?fieldManager=m', object(`{"at":${INTEGER}}`), 'application/apply-patch+yaml', 'spec.at'],
    ['a delete', 'DELETE', '/a', `{"gracePeriodSeconds":${INTEGER}}`, 'application/json', 'gracePeriodSeconds'],
  ] as const) {
    it(`is refused with its path: ${title}`, async () => {
      const before = (await rig.send('GET', TASKS)).body;
      const { status, body: refused } = await rig.send(method, `${TASKS}${path}`, body, { 'Content-Type': type });
      expect([status, refused.reason]).to.deep.equal([400, 'BadRequest']);
      expect(refused.message).to.contain(`cannot keep exactly: ${at};`);
      expect((await rig.send('GET', TASKS)).body).to.deep.equal(before);
    });
  }

  it('keeps integers that a number represents', async () => {
    const sent = object('{"at":[9007199254740991,-9007199254740991,1152921504606847000]}', 'b');
    expect((await rig.send('POST', TASKS, sent)).status).to.equal(201);
    expect(JSON.stringify((await rig.send('GET', `${TASKS}/b`)).body.spec)).to.equal(
      '{"at":[9007199254740991,-9007199254740991,1152921504606847000]}',
    );
  });
});
