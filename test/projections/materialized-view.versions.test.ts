import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import { debug } from '../../src/projections/graph/debug.ts';
import { ScriptedSource, thing, type Version } from './scripted-source.ts';
import { readAll, rowsOf, tensView } from './view-rig.ts';

const LIMIT = 2n ** 43n;

/** Kinds of versions. Each has three versions in the order in which the source sends them, and the scheme of its views. */
const KINDS: readonly [kind: string, versions: readonly [Version, Version, Version], scheme: 'upstream' | 'local'][] = [
  ['small', ['7', '8', '9'], 'upstream'],
  ['milliseconds since 1970', ['1764512345678', '1764512345679', '1764512345680'], 'upstream'],
  ['the highest that fit', [LIMIT - 3n, LIMIT - 2n, LIMIT - 1n], 'upstream'],
  ['the lowest that do not fit', [LIMIT, LIMIT + 1n, LIMIT + 2n], 'local'],
  ['above 2^43: microseconds', ['1764512345678901', '1764512345678902', '1764512345678903'], 'local'],
  [
    'above 2^53: neighbours that are one JavaScript number',
    ['9007199254740992', '9007199254740993', '9007199254740994'],
    'local',
  ],
  ['above 2^53: positions of kubefacet', ['941186404352163840', '941186404352229376', '941186404352294912'], 'local'],
  ['above 2^63', ['9223372036854775808', '9223372036854775809', '9223372036854775810'], 'local'],
  ['with one more digit', ['99999999999999999999', '100000000000000000000', '100000000000000000001'], 'local'],
  ['not numbers', ['abc', 'xyz', 'aaa'], 'local'],
  ['with leading zeros', ['007', '008', '009'], 'local'],
  ['negative', ['-3', '-2', '-1'], 'local'],
];

describe('MaterializedView of a source with versions', () => {
  for (const [kind, [first, second, third], scheme] of KINDS) {
    describe(`${kind} (${first})`, () => {
      it(`has scheme ${scheme}, and serves list, watch and resume`, () => {
        const source = ScriptedSource.at(first, thing('a/x', first, 40));
        const view = tensView(source);
        expect([view.scheme, view.ready, view.trouble]).to.deep.equal([scheme, true, undefined]);
        const start = view.position;
        const watch = view.watchFrom(start);
        source.put('a/y', second, 50);
        const cut = view.position;
        source.delete('a/x', third);
        const versionless = (events: readonly string[]): string[] => events.map((event) => event.replace(/@.*/, ''));
        expect(versionless(readAll(watch))).to.deep.equal(['ADDED a/y=5', 'DELETED a/x=4']);
        expect(versionless(readAll(view.watchFrom(cut)))).to.deep.equal(['DELETED a/x=4']);
        expect(versionless(rowsOf(view))).to.deep.equal(['a/y=5']);
        expect(start < cut && cut < view.position && view.position < 2n ** 63n).to.equal(true);
      });

      it('moves its rows at a relist', () => {
        const source = ScriptedSource.at(first, thing('a/x', first, 40));
        const view = tensView(source);
        const watch = view.watchFrom(view.position);
        source.relist(third, thing('a/x', second, 50));
        expect(readAll(watch)).to.have.length(1);
        expect(watch.ended).to.equal(undefined);
      });
    });
  }

  it('undefined has scheme local from its first list on', () => {
    const source = new ScriptedSource();
    const view = tensView(source);
    source.relist(undefined, thing('a/x', '', 40));
    expect([view.scheme, view.ready, view.unfitVersions]).to.deep.equal(['local', true, 'the source has no version']);
    const watch = view.watchFrom(view.position);
    source.relist(undefined, thing('a/x', '', 50));
    expect(readAll(watch)).to.have.length(1);
  });

  it('names the version in debug()', () => {
    const view = tensView(ScriptedSource.at('1764512345678901'));
    expect(debug(view).toString()).to.contain(
      `scheme local (the source's version "1764512345678901" is not a number below 2^43)`,
    );
  });

  it('gives the row of one object with an unusable version the position of the list, and keeps scheme upstream', () => {
    const source = ScriptedSource.at(10, thing('a/x', 'abc', 40), thing('a/y', LIMIT, 50), thing('a/z', 5, 60));
    const view = tensView(source);
    expect(view.scheme).to.equal('upstream');
    expect(rowsOf(view)).to.deep.equal(['a/x=4@10', 'a/y=5@10', 'a/z=6@5']);
  });

  describe('that outgrow 43 bits while it runs', () => {
    const steps: readonly [string, (source: ScriptedSource) => void][] = [
      ['a bookmark', (source) => source.bookmark(LIMIT)],
      ['an event', (source) => source.put('a/x', LIMIT, 50)],
      ['an event that changes no row', (source) => source.put('a/x', LIMIT, 41)],
      ['a deletion', (source) => source.delete('a/x', LIMIT)],
      ['a relist with one change', (source) => source.relist(LIMIT, thing('a/x', 11, 50))],
      ['a relist with many changes', (source) => source.relist(LIMIT, thing('a/y', 11, 50), thing('a/z', 12, 60))],
      ['a relist without a version', (source) => source.relist('abc', thing('a/x', 'abc', 50))],
    ];
    for (const [name, step] of steps) {
      it(`ends the watches at ${name}, expires the positions, and continues in scheme local`, () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = tensView(source);
        const before = view.position;
        const watch = view.watchFrom(before);
        let woken = 0;
        watch.listen(() => (woken += 1));
        step(source);
        expect([view.scheme, view.ready, view.trouble, watch.ended]).to.deep.equal([
          'local',
          true,
          undefined,
          'relist',
        ]);
        expect([watch.next(), watch.bookmark(0n), woken]).to.deep.equal([undefined, undefined, 1]);
        expect(() => view.watchFrom(before)).to.throw(ExpiredError);
        expect(() => view.snapshotAt(before)).to.throw(ExpiredError);
        expect(view.isAhead(before + 1_048_576n)).to.equal(false);
        const rows = new Set(rowsOf(tensView(source)).map((row) => row.replace(/@.*/, '')));
        expect(new Set(rowsOf(view).map((row) => row.replace(/@.*/, '')))).to.deep.equal(rows);
        const again = view.watchFrom(view.position);
        source.put('a/new', name.endsWith('without a version') ? 'abd' : LIMIT + 1n, 90);
        expect(readAll(again).map((event) => event.replace(/@.*/, ''))).to.deep.equal(['ADDED a/new=9']);
      });
    }

    it('keeps scheme local when later versions fit again', () => {
      const source = new ScriptedSource();
      const view = tensView(source);
      source.relist('abc', thing('a/x', 'abc', 40));
      const watch = view.watchFrom(view.position);
      source.relist(10, thing('a/x', 9, 50));
      expect([view.scheme, watch.ended, readAll(watch).length]).to.deep.equal(['local', undefined, 1]);
    });

    it('keeps counting the changes of rows', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      source.put('a/x', 11, 50);
      const before = view.changes;
      source.put('a/x', LIMIT, 60);
      expect(view.changes).to.be.at.least(before);
    });
  });
});
