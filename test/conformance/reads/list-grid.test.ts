import { expect } from 'chai';
import { NOW, ReadsRig, SCHEMES, type Scheme, STATES } from './reads-rig.ts';

// Every combination of the four parameters that decide the source of a list. The expectations are computed from the decision table
// (conformance 1.1), independently of the server.

type Version = 'unset' | '0' | 'old' | 'now' | 'future' | 'lost';
type Match = 'unset' | 'Exact' | 'NotOlderThan';
interface Options {
  readonly version: Version;
  readonly match: Match;
  /** The version in the token. */
  readonly token: 'unset' | 'negative' | 'old' | 'now' | 'future' | 'lost';
  readonly limit: number;
}

const OLD = 4;
/** The token is for the page after this row, which is the first row of all states. */
const AFTER = 'ash/api';
const VERSIONS: readonly Version[] = ['unset', '0', 'old', 'now', 'future', 'lost'];
const written: Readonly<Record<string, string>> = { old: `${OLD}`, now: `${NOW}`, lost: '0', future: 'future' };

const grid: readonly Options[] = VERSIONS.flatMap((version) =>
  (['unset', 'Exact', 'NotOlderThan'] as const).flatMap((match) =>
    (['unset', 'negative', 'old', 'now', 'future', 'lost'] as const).flatMap((token) =>
      [0, 2].map((limit) => ({ version, match, token, limit })),
    ),
  ),
);

function query({ version, match, token, limit }: Options): string {
  const parameters = [
    ...(version === 'unset' ? [] : [`resourceVersion=${version === '0' ? '0' : `$${written[version]}`}`]),
    ...(match === 'unset' ? [] : [`resourceVersionMatch=${match}`]),
    ...(token === 'unset' ? [] : [`continue=<${AFTER}@${token === 'negative' ? '-1' : written[token]}>`]),
    ...(limit === 0 ? [] : [`limit=${limit}`]),
  ];
  return parameters.join('&');
}

/** The state to list, or the status code of the error. */
function source({ version, match, token, limit }: Options, scheme: Scheme): 'now' | 'old' | number {
  if (match !== 'unset' && (token !== 'unset' || version === 'unset')) return 422;
  if (match === 'Exact' && version === '0') return 422;
  if (token !== 'unset' && version !== 'unset' && version !== '0') return 400;
  // A local view only knows the versions that it has issued, so there is nothing to wait for.
  const tooLarge = scheme === 'upstream' ? 504 : 410;
  if (token !== 'unset') {
    if (token === 'lost') return 410;
    if (token === 'future') return tooLarge;
    return token === 'old' ? 'old' : 'now';
  }
  const isExact = match === 'Exact' || (match === 'unset' && limit > 0);
  if (version === 'future') return isExact ? tooLarge : scheme === 'upstream' ? 504 : 'now';
  if (isExact && version === 'lost') return 410;
  return isExact && version === 'old' ? 'old' : 'now';
}

function expectedLine(rig: ReadsRig, options: Options): string {
  const from = source(options, rig.scheme);
  if (typeof from === 'number') return String(from);
  const index = from === 'old' ? OLD : NOW;
  const isAny = options.version === '0' && options.token === 'unset';
  const rows = (STATES[index] ?? []).slice(options.token === 'unset' ? 0 : 1);
  if (options.limit === 0 || isAny || rows.length <= options.limit) return rig.at(index, rows);
  const page = rows.slice(0, options.limit);
  const last = page.at(-1)?.replace('!', '');
  return rig.at(index, page, `> ${last} (${rows.length - options.limit} more)`);
}

for (const scheme of SCHEMES) {
  describe(`every combination of version, match, token and limit over a view of scheme ${scheme}`, () => {
    let rig: ReadsRig;

    before(async () => {
      rig = await ReadsRig.after(scheme);
    });
    after(() => rig.close());

    for (const version of VERSIONS) {
      it(`11.3 ShouldDelegateList: is served from the correct state or rejected if the version is ${version}`, async () => {
        const cases = grid.filter((options) => options.version === version);
        expect(cases).to.have.length(36);
        for (const options of cases) {
          const line = await rig.line('', query(options));
          const expected = expectedLine(rig, options);
          expect(/^\d+$/.test(expected) ? line.slice(0, 3) : line, `?${query(options)}: ${line}`).to.equal(expected);
        }
      });
    }
  });
}
