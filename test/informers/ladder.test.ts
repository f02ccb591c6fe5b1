import { expect } from 'chai';
import { Ladder, WORN_AFTER_FAILURES, WORN_AFTER_MS } from '../../src/informers/ladder.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';

describe('Ladder', () => {
  let clock: FakeClock;
  let ladder: Ladder;
  let counts: string[];

  beforeEach(() => {
    clock = new FakeClock();
    counts = [];
    ladder = new Ladder({ clock, random: () => 0, poll: false, count: (event) => counts.push(event) });
  });

  const wear = (way: Parameters<Ladder['failed']>[0]): void => {
    for (let failure = 0; failure < WORN_AFTER_FAILURES; failure += 1) {
      ladder.failed(way, false);
      clock.advance(WORN_AFTER_MS / (WORN_AFTER_FAILURES - 1));
    }
  };

  it('begins with WatchList, and offers all ways', () => {
    expect(ladder.step).to.equal('watchList');
    expect(ladder.ways()).to.deep.equal(['watchList', 'pages', 'onePage', 'watch']);
  });

  it('offers lists only if the user wants to poll, and never climbs', () => {
    ladder = new Ladder({ clock, random: () => 0, poll: true, count: (event) => counts.push(event) });
    ladder.read('onePage');
    clock.advance(86_400_000);
    expect([ladder.step, ladder.ways(), ladder.canTryWatch]).to.deep.equal(['interval', ['pages', 'onePage'], false]);
  });

  it('leaves a step after three failures over 30 s, when a lower step works', () => {
    ladder.failed('watchList', false);
    ladder.failed('watchList', false);
    ladder.failed('watchList', false);
    ladder.read('pages');
    expect(ladder.step, 'not by count alone').to.equal('watchList');
    clock.advance(WORN_AFTER_MS);
    expect(ladder.step, 'not while no lower step works').to.equal('watchList');
    ladder.read('pages');
    expect([ladder.step, counts]).to.deep.equal(['pages', ['stepsDown']]);
    expect(ladder.ways()).to.deep.equal(['pages', 'onePage', 'watch', 'watchList']);
  });

  it('does not leave a step by time alone, and forgets failures when the step works', () => {
    ladder.failed('watchList', false);
    clock.advance(WORN_AFTER_MS);
    ladder.read('pages');
    expect(ladder.step).to.equal('watchList');
    ladder.read('watchList');
    expect(ladder.failuresOf('watchList')).to.equal(0);
  });

  it('leaves several steps at once if the server supports none of them', () => {
    ladder.failed('watchList', true);
    ladder.failed('pages', true);
    ladder.read('onePage');
    expect(ladder.step).to.equal('onePage');
  });

  it('polls when watches are worn and lists work, and watches again when one works', () => {
    wear('watch');
    expect(ladder.polls).to.equal(false);
    ladder.failed('watchList', true);
    ladder.read('pages');
    expect([ladder.step, ladder.polls, ladder.wasWatched]).to.deep.equal(['interval', true, false]);
    ladder.watched();
    expect([ladder.step, ladder.polls, ladder.wasWatched]).to.deep.equal(['pages', false, true]);
    expect(counts).to.deep.equal(['stepsDown', 'stepsUp']);
  });

  it('does not poll after a WatchList, which is a watch', () => {
    wear('watch');
    ladder.read('watchList');
    expect([ladder.polls, ladder.wasWatched]).to.deep.equal([false, true]);
  });

  it('tries one step higher after two minutes, and doubles that time up to half an hour', () => {
    ladder.failed('watchList', true);
    ladder.read('pages');
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const start = clock.now();
      while (ladder.ways()[0] !== 'watchList') clock.advance(1000);
      waits.push((clock.now() - start) / 60_000);
      ladder.failed('watchList', true);
    }
    expect(waits).to.deep.equal([2, 4, 8, 16, 30, 30, 30, 30]);
    expect(counts.filter((event) => event === 'climbs')).to.have.length(8);
    clock.advance(1_800_000);
    ladder.read('watchList');
    expect([ladder.step, counts.at(-1)]).to.deep.equal(['watchList', 'stepsUp']);
  });

  it('does not count failures of a higher step as attempts before it is time', () => {
    ladder.failed('watchList', true);
    ladder.read('pages');
    ladder.failed('watchList', true);
    expect(counts).to.deep.equal(['stepsDown']);
  });
});
