import { expect } from 'chai';
import { BASE } from '../../support/test-server.ts';
import { isLine, NOW, ReadsRig, SCHEMES, STATES } from './reads-rig.ts';

const LATEST = STATES[NOW] ?? [];
const OLD = STATES[3] ?? [];
const invalid = (why: string): string => `422 ListOptions.meta.k8s.io "" is invalid: ${why}`;
const FORBIDDEN = 'resourceVersionMatch: Forbidden: resourceVersionMatch';

/** The version of a state, its rows, and `> key (n more)` if a token follows; or `422 message`. */
type Expected = readonly [version: number, rows: readonly string[], rest?: string] | string;

/** Rows of the decision table, in order: queries and expected results. */
const table: readonly (readonly [
  title: string,
  ...cases: readonly (readonly [query: string, expected: Expected])[],
])[] = [
  [
    '1.1 without parameters, lists the current state and applies the limit',
    ['', [NOW, LATEST]],
    ['limit=2', [NOW, LATEST.slice(0, 2), '> birch/api (3 more)']],
    ['limit=9', [NOW, LATEST]],
  ],
  [
    '1.1 at resourceVersion 0, lists the whole current state and ignores the limit',
    ['resourceVersion=0', [NOW, LATEST]],
    ['resourceVersion=0&limit=2', [NOW, LATEST]],
  ],
  [
    '1.1 at resourceVersion N without limit, lists a state not older than N',
    ['resourceVersion=$3', [NOW, LATEST]],
    ['resourceVersion=$3&limit=0', [NOW, LATEST]],
    ['resourceVersion=$9', [NOW, LATEST]],
  ],
  [
    '1.1 at resourceVersion N with a limit, lists the state at N',
    ['resourceVersion=$3&limit=9', [3, OLD]],
    ['resourceVersion=$3&limit=2', [3, OLD.slice(0, 2), '> birch/api (1 more)']],
  ],
  [
    '1.1 NotOlderThan 0, lists the whole current state and ignores the limit',
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', [NOW, LATEST]],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=2', [NOW, LATEST]],
  ],
  [
    '1.1 NotOlderThan N, lists a state not older than N and applies the limit',
    ['resourceVersion=$3&resourceVersionMatch=NotOlderThan', [NOW, LATEST]],
    ['resourceVersion=$3&resourceVersionMatch=NotOlderThan&limit=2', [NOW, LATEST.slice(0, 2), '> birch/api (3 more)']],
  ],
  [
    '1.1 Exact N, lists the state at N',
    ['resourceVersion=$3&resourceVersionMatch=Exact', [3, OLD]],
    ['resourceVersion=$3&resourceVersionMatch=Exact&limit=2', [3, OLD.slice(0, 2), '> birch/api (1 more)']],
  ],
  [
    '1.1 rejects Exact 0 with 422',
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      invalid(`${FORBIDDEN} "exact" is forbidden for resourceVersion "0"`),
    ],
  ],
  [
    '1.1 rejects a match without resourceVersion with 422',
    ['resourceVersionMatch=Exact', invalid(`${FORBIDDEN} is forbidden unless resourceVersion is provided`)],
    [
      'resourceVersionMatch=NotOlderThan&limit=2',
      invalid(`${FORBIDDEN} is forbidden unless resourceVersion is provided`),
    ],
  ],
  [
    '1.1 rejects an unknown match with 422',
    [
      'resourceVersion=$3&resourceVersionMatch=exact',
      invalid('resourceVersionMatch: Unsupported value: "exact": supported values: "Exact", "NotOlderThan", ""'),
    ],
    ['resourceVersion=0&resourceVersionMatch=Newest&limit=2', '422 …'],
  ],
  [
    '1.1 with a token of N and resourceVersion unset or 0, lists the state at N after the start of the token',
    ['continue=<ash/api@3>', [3, OLD.slice(1)]],
    ['continue=<ash/api@3>&limit=1', [3, OLD.slice(1, 2), '> birch/api (1 more)']],
    ['continue=<ash/api@3>&resourceVersion=0&limit=1', [3, OLD.slice(1, 2), '> birch/api (1 more)']],
  ],
  [
    '1.1 with a token of a negative version, lists the current state after the start of the token, and the next token has its version',
    ['continue=<ash/api@-1>', [NOW, LATEST.slice(1)]],
    ['continue=<ash/api@-7>&resourceVersion=0&limit=1', [NOW, LATEST.slice(1, 2), '> birch/api (3 more)']],
  ],
  [
    '1.1 rejects a token with resourceVersion N with 400',
    ['continue=<ash/api@3>&resourceVersion=$3', '400 specifying resource version is not allowed when using continue'],
    ['continue=<ash/api@-1>&resourceVersion=$9&limit=1', '400 specifying resource version…'],
  ],
  [
    '1.1 rejects a token with a match with 422',
    [
      'continue=<ash/api@3>&resourceVersion=0&resourceVersionMatch=NotOlderThan',
      invalid(`${FORBIDDEN} is forbidden when continue is provided`),
    ],
    [
      'continue=<ash/api@3>&resourceVersionMatch=Exact',
      invalid(
        `[${FORBIDDEN} is forbidden unless resourceVersion is provided, ${FORBIDDEN} is forbidden when continue is provided]`,
      ),
    ],
  ],
];

for (const scheme of SCHEMES) {
  describe(`the decision table of lists over a view of scheme ${scheme}`, () => {
    let rig: ReadsRig;

    before(async () => {
      rig = await ReadsRig.after(scheme);
    });
    after(() => rig.close());

    for (const [title, ...cases] of table) {
      it(title, async () => {
        for (const [query, expected] of cases) {
          const line = await rig.line('', query);
          const expectedLine = typeof expected === 'string' ? expected : rig.at(...expected);
          expect(isLine(line, expectedLine), `?${query}: ${line}, not ${expectedLine}`).to.equal(true);
        }
      });
    }

    it('1.1.1 a list has a version to watch from, and an empty list has an array of items', async () => {
      for (const query of ['', 'resourceVersion=0', 'limit=1', 'resourceVersion=$3&resourceVersionMatch=Exact']) {
        for (const namespace of ['', 'ash', 'nowhere']) {
          const { items, metadata } = JSON.parse((await rig.get(namespace, query)).text);
          expect(items, `${namespace}?${query}`).to.be.an('array');
          expect(metadata.resourceVersion, `${namespace}?${query}`).to.match(/^[1-9][0-9]*$/);
          const path = `${BASE}/podsummaries?watch=1&resourceVersion=${metadata.resourceVersion}`;
          const stream = rig.test.http2.watch(path);
          if (metadata.resourceVersion === rig.versions[3]) expect((await stream.next())?.type).to.equal('ADDED');
          stream.cancel();
        }
      }
    });

    it('1.1.3 a list at a version between two events, or after the last event, has the state before it and the requested version', async () => {
      for (let index = 1; index <= NOW; index += 1) {
        const query = `resourceVersion=$${index}&resourceVersionMatch=Exact`;
        expect(await rig.line('', query)).to.equal(rig.at(index, STATES[index] ?? []));
      }
    });

    it('1.1.5 a version older than the history is rejected with the message of the store', async () => {
      expect(await rig.line('', 'resourceVersion=$0&resourceVersionMatch=Exact')).to.equal(
        '410 The resourceVersion for the provided list is too old.',
      );
      expect(await rig.line('', 'continue=<ash/api@0>')).to.match(
        /^410 The provided continue parameter is too old to display a consistent list result\./,
      );
    });

    it('1.1.6 every issued version can be requested again as the minimum version', async () => {
      const rows = JSON.parse((await rig.get('')).text).items as { metadata: { resourceVersion: string } }[];
      for (const version of [...rig.versions, ...rows.map(({ metadata }) => metadata.resourceVersion)]) {
        expect(await rig.line('', `resourceVersion=${version}`)).to.equal(rig.at(NOW, LATEST));
        expect((await rig.get('ash/api', `resourceVersion=${version}`)).status).to.equal(200);
      }
    });
  });
}
