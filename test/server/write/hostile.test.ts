/** Hostile bodies: each gets a 4xx with a Status, nothing is stored, and the server handles the next request as usual. */
import { expect } from 'chai';
import { CustomRig, task, TASK, TASKS } from './custom-rig.ts';

const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };
const nested = (levels: number, open: string, close: string): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;
const text = (spec: string): string =>
  `{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"evil"},"spec":${spec}}`;
const copies = (count: number): object[] => [
  { op: 'add', path: '/spec/a', value: 'x'.repeat(1000) },
  ...Array.from({ length: count }, (_, i) => ({ op: 'copy', from: '/spec', path: `/spec/c${i}` })),
];

describe('a custom resource under attack', () => {
  let rig: CustomRig;
  before(async () => {
    rig = new CustomRig({
      ...TASK,
      schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: {
              title: { type: 'string', maxLength: 100 },
              anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    });
    await rig.send('POST', TASKS, task('good'));
  });
  after(() => rig.close());

  const refused = async (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<number> => {
    const before = (await rig.send('GET', TASKS)).body;
    const answer = await rig.send(method, path, body, headers);
    expect(answer.status, JSON.stringify(answer.body)?.slice(0, 300)).to.be.within(400, 499);
    expect(answer.body).to.include({ kind: 'Status', status: 'Failure', code: answer.status });
    expect(JSON.stringify(answer.body).length, 'the answer').to.be.below(100_000);
    expect((await rig.send('GET', TASKS)).body).to.deep.equal(before);
    return answer.status;
  };

  for (const [what, body, status] of [
    ['3 MiB of text', text(`{"title":"${'x'.repeat(3 * 1024 * 1024)}"}`), 413],
    ['nesting of 100,000 levels', text(nested(100_000, '{"a":', '}')), 400],
    ['nesting of 100,000 lists', text(nested(100_000, '[', ']')), 400],
    ['no JSON', '{"apiVersion":', 400],
    ['a list', '[]', 400],
    ['a text', '"evil"', 400],
    ['null', 'null', 400],
    ['metadata that is a list', '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":[],"spec":{}}', 400],
    ['a name that is a number', '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":5}}', 400],
    [
      'labels that are numbers',
      '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"evil","labels":{"a":1}}}',
      400,
    ],
    ['a title of another type', text('{"title":{"a":1}}'), 422],
    ['a title of a million characters', text(`{"title":"${'x'.repeat(1_000_000)}"}`), 422],
    [
      'YAML that grows',
      {
        yaml: `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 9 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${`*${String.fromCharCode(97 + i)},`.repeat(9)}]`).join('\n')}\n`,
      },
      400,
    ],
    ['bytes that are no UTF-8', { bytes: true }, 400],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      const isYaml = typeof body === 'object' && 'yaml' in body;
      const sent = typeof body === 'string' ? body : isYaml ? body.yaml : '\u{d800}{';
      const got = await refused('POST', TASKS, sent, isYaml ? { 'Content-Type': 'application/yaml' } : {});
      expect(got).to.equal(status);
    });
  }

  for (const name of ['..', 'A', 'a_b', 'a/b', 'a'.repeat(254), '', ' ', 'ä', '__proto__', 'a\u0000b', '-a', 'a.']) {
    const shown = name.length > 40 ? `of ${name.length} characters` : JSON.stringify(name);
    it(`refuses the name ${shown}`, async () => {
      await refused('POST', TASKS, { ...task('x'), metadata: { name } });
    });
  }

  for (const [what, patch, headers] of [
    ['copies that double', copies(40), JSON_PATCH],
    [
      'more than 10,000 operations',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/spec', value: 1 })),
      JSON_PATCH,
    ],
    ['a failed test', [{ op: 'test', path: '/spec/title', value: 'other' }], JSON_PATCH],
    ['a path into prototypes', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], JSON_PATCH],
    ['a path to a constructor', [{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }], JSON_PATCH],
    ['operations that are none', [{ op: 'explode', path: '/spec' }], JSON_PATCH],
    ['an object for a list of operations', { op: 'add' }, JSON_PATCH],
    ['a merge patch that is a list', [1], { 'Content-Type': 'application/merge-patch+json' }],
    ['another uid', { metadata: { uid: 'mine' } }, { 'Content-Type': 'application/merge-patch+json' }],
    ['another name', { metadata: { name: 'mine' } }, { 'Content-Type': 'application/merge-patch+json' }],
    ['a title of another type', { spec: { title: [] } }, { 'Content-Type': 'application/merge-patch+json' }],
  ] as const) {
    it(`refuses a patch with ${what}`, async () => {
      await refused('PATCH', `${TASKS}/good`, patch, headers);
    });
  }

  it('keeps fields named like parts of JavaScript as data, and changes no prototype', async () => {
    const evil =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"toJSON":2}';
    const { status, body } = await rig.send('POST', TASKS, text(`{"title":"x","anything":${evil}}`));
    expect(status).to.equal(201);
    expect(JSON.stringify(body.spec.anything)).to.equal(evil);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    const merged = await rig.send('PATCH', `${TASKS}/evil`, `{"spec":{"anything":{"__proto__":{"a":1}}}}`, {
      'Content-Type': 'application/merge-patch+json',
    });
    expect(merged.status).to.equal(200);
    expect(({} as Record<string, unknown>)['a']).to.equal(undefined);
    expect((await rig.send('DELETE', `${TASKS}/evil`)).status).to.equal(200);
  });
});
