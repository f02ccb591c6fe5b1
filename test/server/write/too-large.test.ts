/** The limit that each 413 of a write names. */
import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { ObjectTooLargeError } from '../../../src/stores/errors.ts';
import { writeRefusal } from '../../../src/server/write/write-refusals.ts';
import { testServer } from '../../../src/testing/projections/index.ts';
import { CustomRig, TASK, task, TASKS } from './custom-rig.ts';

const MIB = 1024 * 1024;

describe('a write that is too large', () => {
  let rig: CustomRig;
  beforeEach(() => {
    rig = new CustomRig();
  });
  afterEach(() => rig.close());

  const big = (bytes: number): object => task('a', { title: 'x'.repeat(bytes) });
  const json = { 'Content-Type': 'application/json' };

  for (const [title, method, body, type, limit] of [
    ['a create over the limit of the store', 'POST', big(2 * MIB), json, 1_572_864],
    ['a create over the limit of a body', 'POST', big(3 * MIB), json, 3_145_728],
    [
      'a merge patch over the limit of the store',
      'PATCH',
      { spec: { title: 'x'.repeat(2 * MIB) } },
      'merge-patch+json',
      1_572_864,
    ],
    [
      'a merge patch over the limit of a body',
      'PATCH',
      { spec: { title: 'x'.repeat(3 * MIB) } },
      'merge-patch+json',
      3_145_728,
    ],
    ['an apply over the limit of the store', 'PATCH', { ...big(2 * MIB) }, 'apply-patch+yaml', 1_572_864],
    [
      'a JSON patch that copies too much',
      'PATCH',
      [
        { op: 'add', path: '/spec/a', value: ['x'.repeat(MIB)] },
        ...[1, 2, 3].map((copy) => ({ op: 'copy', from: '/spec/a', path: `/spec/copy${copy}` })),
      ],
      'json-patch+json',
      3_145_728,
    ],
  ] as const) {
    it(`is refused with the limit ${limit}: ${title}`, async () => {
      if (method === 'PATCH') await rig.send('POST', TASKS, task('a', {}));
      const headers = typeof type === 'string' ? { 'Content-Type': `application/${type}` } : type;
      const path = method === 'POST' ? TASKS : `${TASKS}/a?fieldManager=one`;
      const { status, body: answer } = await rig.send(method, path, body, headers);
      expect([status, answer.message]).to.deep.equal([413, `Request entity too large: limit is ${limit}`]);
      expect(answer.reason).to.equal('RequestEntityTooLarge');
    });
  }

  it('is refused with the configured limit of the store', async () => {
    const small = testServer({ resources: [resource(TASK, memoryStore({ maxObjectBytes: 1000 }))] });
    try {
      const response = await small.request(TASKS, { method: 'POST', headers: json, body: JSON.stringify(big(2000)) });
      const { message } = (await response.json()) as { message: string };
      expect([response.status, message]).to.deep.equal([413, 'Request entity too large: limit is 1000']);
    } finally {
      await small.close();
    }
  });

  it('is refused without a limit if the store does not say it', () => {
    expect(writeRefusal(new ObjectTooLargeError('shop/a', 5_000_000, undefined))).to.have.nested.property(
      'status.message',
      'Request entity too large: the object has 5000000 bytes, more than the store allows',
    );
  });
});
