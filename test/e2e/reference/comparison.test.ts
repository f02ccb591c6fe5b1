import { expect } from 'chai';
import type { AcceptedDifference } from './accepted.ts';
import { type Difference, differences, explained, report, summary } from './comparison.ts';
import type { RecordedResponse } from './exchange.ts';
import { observed, type Reading } from './normalise.ts';
import { plainNotation, Revisions, ViewNotation } from './revisions.ts';

const revisions = new Revisions();
revisions.record('a.one#1', '100');
revisions.record('a.one#2', '105');
revisions.record('rack.one#1', '107');

const reading = (more: Partial<Reading> = {}): Reading => ({
  revisions,
  notation: plainNotation,
  isAbout: (name) => !name.startsWith('rack.'),
  requestValues: new Map(),
  auditId: undefined,
  isWatch: false,
  ...more,
});

const ours = new ViewNotation();
ours.recordState(String((100n << 20n) | 77n));

const response = (body: unknown, more: Partial<RecordedResponse> = {}): RecordedResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'audit-id': '7b1d6a3e-5a1c-4a6b-9a43-0f0b5a0c1d2e' },
  text: `${JSON.stringify(body)}\n`,
  end: 'complete',
  ...more,
});

const list = (version: string, item: string): unknown => ({
  kind: 'List',
  metadata: { resourceVersion: version },
  items: [{ metadata: { name: 'one', resourceVersion: item } }],
});

describe('observed()', () => {
  it('is equal for equal responses with the versions of different servers', () => {
    const theirs = observed(response(list('106', '105')), reading());
    const own = observed(response(list(ours.write(105n), ours.write(105n))), reading({ notation: ours }));
    expect(differences(theirs, own)).to.deep.equal([]);
  });

  for (const [what, body] of [
    ['an older object', list(ours.write(105n), ours.write(100n))],
    ['an older list', list(ours.write(104n), ours.write(105n))],
    ['a version of other code', list('123', ours.write(105n))],
    ['a missing field', { kind: 'List', metadata: { resourceVersion: ours.write(105n) }, items: [] }],
  ] as const) {
    it(`detects ${what}`, () => {
      const theirs = observed(response(list('106', '105')), reading());
      expect(differences(theirs, observed(response(body), reading({ notation: ours })))).to.not.deep.equal([]);
    });
  }

  it('compares the version of an Exact request literally', () => {
    const requestValues = new Map([['N', '106']]);
    const atRequested = observed(response(list('106', '105')), reading({ requestValues }));
    expect(atRequested.get('body.metadata.resourceVersion')).to.equal('"rv({N})"');
    expect(
      observed(response(list('105', '105')), reading({ requestValues })).get('body.metadata.resourceVersion'),
    ).to.not.equal('"rv({N})"');
  });

  it('compares a bookmark at the end of a watch, and none between changes', () => {
    const watch = reading({ isWatch: true });
    const typesOf = (...types: readonly string[]): (string | undefined)[] => {
      const text = types.map((type) => `${JSON.stringify({ type, object: {} })}\n`).join('');
      const events = observed(response(undefined, { text }), watch);
      return types.map((_type, index) => events.get(`event.${index}.type`)).filter((type) => type !== undefined);
    };
    expect(typesOf('ADDED', 'BOOKMARK', 'BOOKMARK', 'DELETED', 'BOOKMARK', 'BOOKMARK')).to.deep.equal([
      '"ADDED"',
      '"DELETED"',
      '"BOOKMARK"',
    ]);
  });

  it('detects a cut watch and a different order of events', () => {
    const lines = ['ADDED', 'DELETED'].map((type) => `${JSON.stringify({ type, object: {} })}\n`);
    const watch = reading({ isWatch: true });
    const complete = observed(response(undefined, { text: lines.join('') }), watch);
    expect(complete.get('event.1.type')).to.equal('"DELETED"');
    const turned = observed(response(undefined, { text: lines.toReversed().join('') }), watch);
    expect(differences(complete, turned)).to.have.length(2);
    const cut = observed(response(undefined, { text: lines.join(''), end: 'cut' }), watch);
    expect(differences(complete, cut)).to.deep.equal([{ at: 'end', theirs: undefined, ours: 'cut' }]);
  });
});

describe('explained()', () => {
  const accepted: AcceptedDifference[] = [
    { requests: /^1 /, at: /./, statuses: [500, 400], row: 'a' },
    { requests: /./, at: /^body\.x$/, theirs: /^1$/, ours: /^$/, row: 'b' },
    { requests: /^9 /, at: /./, row: 'never' },
  ];
  const found = (theirs: Record<string, string>, own: Record<string, string>): Difference[] =>
    differences(new Map(Object.entries(theirs)), new Map(Object.entries(own)));

  it('explains differences whose request, place, status and values are accepted', () => {
    const rowsOf = (name: string, all: readonly Difference[]): (string | undefined)[] =>
      explained(name, all, accepted).map(({ explainedBy }) => explainedBy?.row);
    const refused = found({ status: '500', 'body.y': '1' }, { status: '400', 'body.y': '2' });
    expect(rowsOf('1 one', refused)).to.deep.equal(['a', 'a']);
    expect(rowsOf('2 two', refused)).to.deep.equal([undefined, undefined]);
    expect(rowsOf('1 one', found({ status: '500' }, { status: '503' }))).to.deep.equal([undefined]);
    expect(rowsOf('2 two', found({ 'body.x': '1' }, {}))).to.deep.equal(['b']);
    expect(rowsOf('2 two', found({ 'body.x': '1' }, { 'body.x': '2' }))).to.deep.equal([undefined]);
  });

  it('counts explained differences and reports accepted ones that do not occur', () => {
    const all = [
      { name: '2 same', request: 'GET /', differences: [] },
      { name: '2 two', request: 'GET /x', differences: explained('2 two', found({ 'body.x': '1' }, {}), accepted) },
      { name: '3 three', request: 'GET /y', differences: explained('3 three', found({ status: '1' }, {}), accepted) },
    ];
    const { compared, identical, explained: known, unexplained, stale, byRow } = summary(all, accepted);
    expect([compared, identical, known, unexplained.length]).to.deep.equal([3, 1, 1, 1]);
    expect(stale.map(({ row }) => row)).to.deep.equal(['a', 'never']);
    expect(Array.from(byRow)).to.deep.equal([['b', 1]]);
    expect(report(all, { withExplained: false })).to.deep.equal([
      '3 three: GET /y',
      '    status: reference 1 | ours (absent)',
    ]);
  });
});
