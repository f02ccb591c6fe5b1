import { expect } from 'chai';
import { isLine, NOW, ReadsRig, SCHEMES, STATES } from './reads-rig.ts';

// The cases of the storage conformance of lists (conformance 11.1, List), in their order. A store may serve any state at RV 0. A view has
// only one state, which is never older than earlier responses.

const LATEST = STATES[NOW] ?? [];
const EXACT = 'resourceVersionMatch=Exact';
const NOT_OLDER = 'resourceVersionMatch=NotOlderThan';
const byName = (name: string): string => `fieldSelector=metadata.name%3D${name}`;
const NOT_API = 'fieldSelector=metadata.name!%3Dapi';
const TOO_OLD = '410 The resourceVersion for the provided list is too old.';
const BIRCH = ['birch/api', 'birch/db'];
const DBS = ['birch/db', 'cedar/db'];

/** Path, query and result: the version of a state, its rows and the token; or `422 message`. */
type Case = readonly [
  title: string,
  path: string,
  query: string,
  expected: readonly [version: number, rows: readonly string[], rest?: string] | string,
];

const refusals: readonly Case[] = [
  ['a version that is none', '', 'resourceVersion=abc', '400 invalid resource version: …'],
  ['a negative version', '', 'resourceVersion=-1', '400 invalid resource version: …'],
  [
    'a version and a token',
    '',
    'resourceVersion=$1&limit=1&continue=<birch/api@8>',
    '400 specifying resource version…',
  ],
  ['another match, at 0', 'ash', 'resourceVersion=0&resourceVersionMatch=Other', '422 …'],
  ['another match, before the first write', 'ash', 'resourceVersion=$0&resourceVersionMatch=Other', '422 …'],
  ['a token that starts nowhere', '', 'continue=<@8>', '400 invalid continue token: …'],
  ['a token of version 0', '', `continue=${zeroToken()}`, '400 invalid continue token: …'],
];

const oneNamespace: readonly Case[] = [
  ['of one namespace', 'ash', '', [NOW, ['ash/api!']]],
  ['at 0', 'ash', 'resourceVersion=0', [NOW, ['ash/api!']]],
  ['at 0, NotOlderThan', 'ash', `resourceVersion=0&${NOT_OLDER}`, [NOW, ['ash/api!']]],
  ['Exact, before the update', 'ash', `resourceVersion=$1&${EXACT}`, [1, ['ash/api']]],
  ['Exact, before anything was created there', 'birch', `resourceVersion=$1&${EXACT}`, [1, []]],
  ['Exact, after the creation', 'birch', `resourceVersion=$2&${EXACT}`, [2, ['birch/api']]],
  ['Exact, before the first write', 'ash', `resourceVersion=$0&${EXACT}`, TOO_OLD],
  ['NotOlderThan, before the first write', 'ash', `resourceVersion=$0&${NOT_OLDER}`, [NOW, ['ash/api!']]],
  ['at the version of now', 'ash', 'resourceVersion=$8', [NOW, ['ash/api!']]],
  ['at the version of now, Exact', 'ash', `resourceVersion=$8&${EXACT}`, [8, ['ash/api!']]],
  ['at the version of now, NotOlderThan', 'ash', `resourceVersion=$8&${NOT_OLDER}`, [NOW, ['ash/api!']]],
  ['of a namespace that is not there', 'nowhere', '', [NOW, []]],
  ['by another name', 'ash', NOT_API, [NOW, []]],
  ['by another name, NotOlderThan', 'ash', `${NOT_API}&resourceVersion=$8&${NOT_OLDER}`, [NOW, []]],
  ['of several', 'birch', '', [NOW, BIRCH]],
  ['of several, NotOlderThan', 'birch', `resourceVersion=$8&${NOT_OLDER}`, [NOW, BIRCH]],
  ['of a namespace that begins like another', 'birc', '', [NOW, []]],
];

const limited: readonly Case[] = [
  ['a limit', 'birch', 'limit=1', [NOW, ['birch/api'], '> api (1 more)']],
  ['a limit, at a version', 'birch', 'limit=1&resourceVersion=$8', [8, ['birch/api'], '> api (1 more)']],
  ['a limit, Exact', 'birch', `limit=1&resourceVersion=$8&${EXACT}`, [8, ['birch/api'], '> api (1 more)']],
  ['a limit, NotOlderThan', 'birch', `limit=1&resourceVersion=$8&${NOT_OLDER}`, [NOW, ['birch/api'], '> api (1 more)']],
  ['a limit, at 0: ignored', 'birch', 'limit=1&resourceVersion=0', [NOW, BIRCH]],
  ['a limit, at 0, NotOlderThan: ignored', 'birch', `limit=1&resourceVersion=0&${NOT_OLDER}`, [NOW, BIRCH]],
  ['a limit, Exact, before anything was created there', 'birch', `limit=1&resourceVersion=$1&${EXACT}`, [1, []]],
  ['a limit, Exact, after the creation', 'birch', `limit=1&resourceVersion=$2&${EXACT}`, [2, ['birch/api']]],
  ['a made token', 'birch', 'limit=1&continue=<api@8>', [8, ['birch/db']]],
  ['a made token, at 0', 'birch', 'limit=1&resourceVersion=0&continue=<api@8>', [8, ['birch/db']]],
];

const selected: readonly Case[] = [
  ['one row, more pages possible', '', `${byName('apidb')}&limit=1`, [NOW, ['cedar/apidb'], '> cedar/apidb']],
  [
    'one row, more pages possible, NotOlderThan',
    '',
    `${byName('apidb')}&limit=1&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, ['cedar/apidb'], '> cedar/apidb'],
  ],
  ['one row, limit not reached', '', `${byName('apidb')}&limit=2`, [NOW, ['cedar/apidb']]],
  [
    'one row, limit not reached, NotOlderThan',
    '',
    `${byName('apidb')}&limit=2&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, ['cedar/apidb']],
  ],
  ['one row, limit not reached, at 0', '', `${byName('apidb')}&limit=2&resourceVersion=0`, [NOW, ['cedar/apidb']]],
  ['two rows, more pages possible', '', `${byName('api')}&limit=2`, [NOW, ['ash/api!', 'birch/api'], '> birch/api']],
  [
    'two rows, more pages possible, NotOlderThan',
    '',
    `${byName('api')}&limit=2&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, ['ash/api!', 'birch/api'], '> birch/api'],
  ],
  ['two rows with others between, up to the end', '', `${byName('db')}&limit=2`, [NOW, DBS]],
  [
    'two rows with others between, up to the end, NotOlderThan',
    '',
    `${byName('db')}&limit=2&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, DBS],
  ],
  ['the rest, not full', '', `${byName('db')}&limit=2&continue=<cedar/apidb@8>`, [8, ['cedar/db']]],
  ['the rest, full', '', `${byName('db')}&limit=1&continue=<cedar/apidb@8>`, [8, ['cedar/db']]],
  ['the rest from a start between keys', '', `${byName('db')}&limit=2&continue=<cedar/apidb0@8>`, [8, ['cedar/db']]],
  ['two rows, limit of all there are', '', `${byName('db')}&limit=5`, [NOW, DBS]],
  ['two rows, limit of all, NotOlderThan', '', `${byName('db')}&limit=5&resourceVersion=$8&${NOT_OLDER}`, [NOW, DBS]],
  ['one row, limit of all there are', '', `${byName('apidb')}&limit=5`, [NOW, ['cedar/apidb']]],
  [
    'one row, limit of all, NotOlderThan',
    '',
    `${byName('apidb')}&limit=5&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, ['cedar/apidb']],
  ],
  ['everything', '', '', [NOW, LATEST]],
  ['everything, NotOlderThan', '', `resourceVersion=$8&${NOT_OLDER}`, [NOW, LATEST]],
  [
    'an updated row',
    '',
    `fieldSelector=status.phase%3DRunning&limit=5&resourceVersion=$8&${NOT_OLDER}`,
    [NOW, ['ash/api!']],
  ],
  ['a deleted row', '', `${byName('bot')}&limit=5&resourceVersion=$8&${NOT_OLDER}`, [NOW, []]],
];

const continued: readonly Case[] = [
  ['before the first write', '', 'limit=1&continue=<ash/api@0>', '410 The provided continue parameter is too old …'],
  ['first write', '', 'limit=1&continue=<ash/api@1>', [1, []]],
  ['second write', '', 'limit=1&continue=<ash/api@2>', [2, ['birch/api']]],
  ['third write', '', 'limit=2&continue=<birch/api@3>', [3, ['birch/db']]],
  ['fifth write', '', 'limit=1&continue=<ash/api@5>', [5, ['birch/api'], '> birch/api (3 more)']],
  ['sixth write', '', 'limit=2&continue=<birch/api@6>', [6, ['birch/bot', 'birch/db'], '> birch/db (2 more)']],
  ['seventh write', '', 'limit=4&continue=<birch/db@7>', [7, ['cedar/apidb', 'cedar/db']]],
  ['after the writes', '', 'limit=1&continue=<ash/api@9>', [9, ['birch/api'], '> birch/api (3 more)']],
  ['now', '', 'continue=<ash/api@-1>', [NOW, LATEST.slice(1)]],
  ['now, limit', '', 'limit=2&continue=<ash/api@-1>', [NOW, BIRCH, '> birch/db (2 more)']],
  ['now, from further on', '', 'continue=<birch/db@-1>', [NOW, ['cedar/apidb', 'cedar/db']]],
];

/** Each state, with and without limits. */
const exact: readonly Case[] = STATES.flatMap((rows, version): Case[] =>
  version === 0
    ? [['Exact, before the first write', '', `resourceVersion=$0&${EXACT}`, TOO_OLD]]
    : [0, 1, 2, 4, 8].map((limit): Case => {
        const page = limit === 0 ? rows : rows.slice(0, limit);
        const more = rows.length - page.length;
        const rest = more > 0 ? `> ${page.at(-1)?.replace('!', '')} (${more} more)` : '';
        const query = `resourceVersion=$${version}&${EXACT}&limit=${limit}`;
        return [`Exact, write ${version}, limit ${limit}`, '', query, [version, page, rest]];
      }),
);

/** A hand-made token, because versions of a rig are never 0. */
function zeroToken(): string {
  return Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"ash/api\\u0000"}').toString('base64url');
}

for (const scheme of SCHEMES) {
  describe(`lists with the semantics of a store over a view of scheme ${scheme}`, () => {
    let rig: ReadsRig;

    before(async () => {
      rig = await ReadsRig.after(scheme);
    });
    after(() => rig.close());

    const all = async (cases: readonly Case[]): Promise<void> => {
      for (const [title, path, query, expected] of cases) {
        const line = await rig.line(path, query);
        const expectedLine = typeof expected === 'string' ? expected : rig.at(...expected);
        expect(isLine(line, expectedLine), `${title}: ${path}?${query}: ${line}, not ${expectedLine}`).to.equal(true);
      }
    };

    it('11.1 List: rejects invalid combinations of parameters', () => all(refusals));
    it('11.1 List: lists one namespace at each kind of version', () => all(oneNamespace));
    it('11.1 List: applies limits at each kind of version', () => all(limited));
    it('11.1 List: applies selectors with limits', () => all(selected));
    it('11.1 List: lists the state after each write, with and without a limit', () => all(exact));
    it('11.1 List: continues the state after each write', () => all(continued));

    it('11.1 List: waits for a future version, Exact or not', async () => {
      const [notOlder, exactly] = scheme === 'upstream' ? ['504', '504'] : ['@9:', '410'];
      expect(await rig.line('', 'resourceVersion=$future')).to.match(new RegExp(`^${notOlder}`));
      expect(await rig.line('', `resourceVersion=$future&${EXACT}`)).to.match(new RegExp(`^${exactly}`));
    });
  });
}
