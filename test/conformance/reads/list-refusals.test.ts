import { expect } from 'chai';
import { ReadsRig } from './reads-rig.ts';

const badRequest = (message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason: 'BadRequest',
  code: 400,
});

interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}
const forbidden = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
const forbiddenMatch = (why: string): Cause => forbidden('resourceVersionMatch', `resourceVersionMatch ${why}`);

const invalid = (...causes: Cause[]): object => {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const why = texts.length > 1 ? `[${texts.join(', ')}]` : texts[0];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `ListOptions.meta.k8s.io "" is invalid: ${why}`,
    reason: 'Invalid',
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes },
    code: 422,
  };
};

const noVersion = (text: string): object => {
  const problem = `strconv.ParseUint: parsing "${text}": invalid syntax`;
  return badRequest(`invalid resource version: resourceVersion: Invalid value: "${text}": ${problem}`);
};
const badToken = (why: string): object => badRequest(`invalid continue token: continue key is not valid: ${why}`);
const made = (json: string): string => Buffer.from(json).toString('base64url');
const V1 = '"v":"meta.k8s.io/v1"';

/** Path, query and the whole body. */
const refusals: readonly (readonly [title: string, ...cases: readonly (readonly [string, string, object])[]])[] = [
  [
    '1.3 rejects a version that is not an unsigned integer, in a list',
    ...['abc', '-1', '1.5'].map((text) => ['', `resourceVersion=${text}`, noVersion(text)] as const),
  ],
  [
    '1.3 rejects a version that is not an unsigned integer, in a get or watch',
    ...['abc', '-1', '1.5'].flatMap((text) => [
      ['ash/api', `resourceVersion=${text}`, noVersion(text)] as const,
      ['', `watch=1&resourceVersion=${text}`, noVersion(text)] as const,
    ]),
  ],
  [
    '1.3 rejects a match without a version',
    ['', 'resourceVersionMatch=Exact', invalid(forbiddenMatch('is forbidden unless resourceVersion is provided'))],
  ],
  [
    '1.3 rejects a match with a token',
    [
      '',
      'resourceVersion=0&resourceVersionMatch=NotOlderThan&continue=<ash/api@3>',
      invalid(forbiddenMatch('is forbidden when continue is provided')),
    ],
    [
      '',
      'resourceVersionMatch=Exact&continue=<ash/api@3>',
      invalid(
        forbiddenMatch('is forbidden unless resourceVersion is provided'),
        forbiddenMatch('is forbidden when continue is provided'),
      ),
    ],
  ],
  [
    '1.3 rejects an unknown match',
    [
      '',
      'resourceVersion=$3&resourceVersionMatch=X',
      invalid({
        reason: 'FieldValueNotSupported',
        message: 'Unsupported value: "X": supported values: "Exact", "NotOlderThan", ""',
        field: 'resourceVersionMatch',
      }),
    ],
  ],
  [
    '1.3 rejects Exact with version 0',
    [
      '',
      'resourceVersion=0&resourceVersionMatch=Exact',
      invalid(forbiddenMatch('"exact" is forbidden for resourceVersion "0"')),
    ],
  ],
  [
    '1.3 rejects sendInitialEvents of any value in a list',
    ...['true', 'false', ''].map(
      (value) =>
        [
          '',
          `sendInitialEvents=${value}`,
          invalid(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')),
        ] as const,
    ),
  ],
  [
    '1.3 rejects a token with a version other than empty or 0',
    [
      '',
      'continue=<ash/api@3>&resourceVersion=$3',
      badRequest('specifying resource version is not allowed when using continue'),
    ],
  ],
  [
    '1.3 rejects a token that cannot be decoded',
    ['', 'continue=%21%21', badToken('illegal base64 data')],
    ['', `continue=${made('foo')}`, badToken('the server did not issue this token')],
    [
      '',
      `continue=${made('{"v":"v9","rv":1,"start":"a"}')}`,
      badToken('server does not recognize this encoded version v9'),
    ],
    [
      '',
      `continue=${made(`{${V1},"rv":0,"start":"a"}`)}`,
      badToken('incorrect encoded start resourceVersion (version meta.k8s.io/v1)'),
    ],
    ['', 'continue=<@3>', badToken('encoded start key empty (version meta.k8s.io/v1)')],
    ['birch', `continue=${made(`{${V1},"rv":1,"start":"../ash/api"}`)}`, badToken('../ash/api')],
    ['birch', `continue=${made(`{${V1},"rv":1,"start":"api//db"}`)}`, badToken('api//db')],
  ],
  [
    '1.3 rejects a limit or timeoutSeconds that is not an integer',
    ['', 'limit=abc', badRequest('strconv.ParseInt: parsing "abc": invalid syntax')],
    ['', 'limit=', badRequest('strconv.ParseInt: parsing "": invalid syntax')],
    ['', 'timeoutSeconds=1.5', badRequest('strconv.ParseInt: parsing "1.5": invalid syntax')],
  ],
  [
    '1.3 rejects an invalid selector',
    ['', 'labelSelector=a%3Db%3Dc', badRequest("found '=', expected: ',' or 'end of string'")],
    ['', 'fieldSelector=foo', badRequest("invalid selector: 'foo'; can't understand 'foo'")],
    ['', 'fieldSelector=spec.foo%3D1', badRequest('field label not supported: spec.foo')],
  ],
  [
    '1.3 rejects an Exact or limited list at a version older than the history',
    ...['resourceVersionMatch=Exact', 'limit=1'].map(
      (query) =>
        [
          '',
          `resourceVersion=$0&${query}`,
          {
            ...badRequest('The resourceVersion for the provided list is too old.'),
            reason: 'Expired',
            code: 410,
          },
        ] as const,
    ),
  ],
];

describe('rejected lists', () => {
  let rig: ReadsRig;

  before(async () => {
    rig = await ReadsRig.after('upstream');
  });
  after(() => rig.close());

  for (const [title, ...cases] of refusals) {
    it(title, async () => {
      for (const [path, query, body] of cases) {
        const { status, text, headers } = await rig.get(path, query);
        expect(JSON.parse(text), `${path}?${query}`).to.deep.equal(body);
        expect(JSON.parse(text).code).to.equal(status);
        expect(headers['content-type']).to.equal('application/json');
        expect(headers['retry-after']).to.equal(undefined);
      }
    });
  }

  it('1.3 rejects a token older than the history, and offers a token for the rest of the current state', async () => {
    for (const [path, start] of [
      ['', 'birch/api'],
      ['birch', 'api'],
    ] as const) {
      const { status, text } = await rig.get(path, `limit=1&continue=<${start}@0>`);
      const { metadata, reason, message } = JSON.parse(text);
      expect([status, reason]).to.deep.equal([410, 'Expired']);
      expect(message).to.match(/^The provided continue parameter is too old to display a consistent list result\./);
      expect(JSON.parse(Buffer.from(metadata.continue, 'base64url').toString())).to.deep.equal({
        v: 'meta.k8s.io/v1',
        rv: -1,
        start: `${start}\0`,
      });
      expect(await rig.line(path, `continue=${metadata.continue}`)).to.match(/^@9: birch\/db/);
    }
  });
});
