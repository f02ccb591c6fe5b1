/**
 * The reflector over an upstream whose ways to read fail in every combination. SIMULATION=long runs every change of every combination.
 * SIMULATION_RUNS sets the number of random histories, and SIMULATION_SEED those of a run.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { compareVersions } from '../../src/informers/collection/source-version.ts';
import { Reflector } from '../../src/informers/reflector.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { RecordingSink } from './reflector-rig.ts';
import { type Mode, type Modes, SimulatedUpstream, type WayName } from './simulated-upstream.ts';

const WAYS: readonly WayName[] = ['list', 'watchList', 'watch'];
/** One mode of each kind, for all combinations. */
const KINDS: readonly Mode[] = ['ok', 403, 500, 'silent', 'garbage', 'older'];
const ALL_MODES: readonly Mode[] = [...KINDS, 400, 401, 404, 405, 410, 422, 429, 503];
/** The time within which the rows are current, after one of the ways works. */
const CONVERGENCE_MS = 60_000;
/** The same, after upstream was restored from a backup: two checks a minute apart, and the detection of the silence before. */
const RESTORE_MS = 180_000;
/** The maximum number of requests in an hour. */
const MAX_REQUESTS = 1500;
const HOUR = 3_600_000;
const IS_LONG = process.env['SIMULATION'] === 'long';

interface Step {
  readonly modes: Modes;
  /** Restores a backup of this number of revisions ago. */
  readonly restore?: number | undefined;
  readonly writes: readonly { readonly name: string; readonly node: string | undefined; readonly after: number }[];
  /** The time after the check. */
  readonly rest: number;
}

const combinations: readonly Modes[] = KINDS.flatMap((list) =>
  KINDS.flatMap((watchList) => KINDS.map((watch) => ({ list, watchList, watch }))),
);

/** A reflector that runs through a history, and is checked at each step. */
class Run {
  readonly clock = new FakeClock();
  readonly upstream: SimulatedUpstream;
  readonly sink = new RecordingSink();
  readonly reflector: Reflector<V1Pod>;
  readonly #stop = new AbortController();
  #frontier: string | undefined;
  #restores = 0;
  /** Whether older lists may have shown a restore that has not happened. Only a complete state shows that it has not. */
  #isMisled = false;

  constructor({ sendsBookmarks = true, random = (): number => 0.5 } = {}) {
    this.upstream = new SimulatedUpstream(this.clock, sendsBookmarks);
    const { upstream: listWatch, sink, clock } = this;
    this.reflector = new Reflector<V1Pod>({ listWatch, sink, clock, random });
  }

  start(): void {
    void this.reflector.run(this.#stop.signal);
  }

  async step({ modes, restore, writes, rest }: Step, name: string): Promise<void> {
    this.upstream.set(modes);
    if (restore !== undefined) this.upstream.restore(restore);
    for (const { name: object, node, after } of writes) {
      await this.clock.run(after);
      this.upstream.write(object, node);
    }
    // Each restore doubles the time between the checks of the next one, up to an hour.
    const { restores } = this.reflector.metrics;
    await this.clock.run(
      restore === undefined ? CONVERGENCE_MS : RESTORE_MS + CONVERGENCE_MS * Math.min(2 ** restores, 60),
    );
    this.check(name);
    await this.clock.run(rest);
  }

  check(name: string): void {
    const { health, metrics } = this.reflector;
    const isCurrent = JSON.stringify(sorted(this.rows)) === JSON.stringify(sorted(this.upstream.state));
    const readsState = this.upstream.works('list') || this.upstream.works('watchList');
    if (readsState) this.#isMisled = false;
    // After a restore, a watch from the frontier would continue a history that has been undone.
    const works = readsState || (this.upstream.works('watch') && health.hasRead && !this.#isMisled);
    const about = `${name}: ${JSON.stringify({ rows: this.rows, state: this.upstream.state, health, metrics })}`;
    expect(this.upstream.isFlooded, `requests without a wait: ${about}`).to.equal(false);
    // If the latest list is older, or if only a WatchList says what the latest state is, nothing shows that this state is not current.
    const { list, watchList } = this.upstream.modes;
    const isMisled = list === 'older' || (watchList === 'older' && list !== 'ok');
    this.#isMisled ||= isMisled;
    if (works && !isMisled) expect(isCurrent, `the rows are current: ${about}`).to.equal(true);
    if (!isCurrent && !isMisled) expect(health.message, `the status has a problem: ${about}`).to.be.a('string');
    if (!health.hasRead) expect(health.ready && health.message === undefined, about).to.equal(false);
    const { restores } = metrics;
    if (this.sink.frontier !== undefined && this.#frontier !== undefined && restores === this.#restores)
      expect(compareVersions(this.sink.frontier, this.#frontier), `the frontier: ${about}`).to.be.at.least(0);
    this.#restores = restores;
    this.#frontier = this.sink.frontier;
  }

  get rows(): Record<string, string> {
    return Object.fromEntries([...this.sink.rows].map(([key, { metadata }]) => [key, metadata?.resourceVersion ?? '']));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.run(0);
    expect([this.clock.waiting, this.upstream.openWatches]).to.deep.equal([0, 0]);
    expect(this.sink.violations).to.deep.equal([]);
  }
}

function sorted(rows: Record<string, string>): [string, string][] {
  return Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
}

const step = (modes: Modes, count = 2, rest = 7_000): Step => ({
  modes,
  writes: Array.from({ length: count }, (_, index) => ({
    name: 'abcdef'[index] ?? 'a',
    node: `n${count + index}`,
    after: 500,
  })),
  rest,
});
const nameOf = ({ list, watchList, watch }: Modes): string => `list ${list}, WatchList ${watchList}, watch ${watch}`;

describe('a reflector over an upstream that fails', function () {
  this.timeout(IS_LONG ? 3_600_000 : 120_000);

  it(`is current within 60 s in each of ${combinations.length} combinations, from the start and later`, async () => {
    for (const modes of combinations) {
      const run = new Run();
      run.upstream.set(modes);
      run.start();
      await run.clock.run(CONVERGENCE_MS);
      run.check(`from the start: ${nameOf(modes)}`);
      // All ways work, and then fail in this combination.
      await run.step(step({ list: 'ok', watchList: 'ok', watch: 'ok' }), `recovered from ${nameOf(modes)}`);
      await run.step(step(modes), `later: ${nameOf(modes)}`);
      await run.step(step(modes), `still: ${nameOf(modes)}`);
      await run.stop();
    }
  });

  const changes = combinations.flatMap((before) =>
    WAYS.flatMap((way) =>
      KINDS.filter((mode) => mode !== before[way]).map((mode) => [before, { ...before, [way]: mode }] as const),
    ),
  );
  // The part is fixed, so that a failure can be repeated.
  const part = IS_LONG ? changes : changes.filter((_, index) => index % 7 === 0);
  it(`is current within 60 s after each of ${part.length} changes of one way`, async () => {
    for (const [before, after] of part) {
      const run = new Run();
      run.start();
      await run.clock.run(1000);
      await run.step(step(before), `before: ${nameOf(before)}`);
      await run.step(step(after, 3), `${nameOf(before)} => ${nameOf(after)}`);
      await run.stop();
    }
  });

  const outages: readonly Modes[] = [
    { list: 403, watchList: 422, watch: 410 },
    { list: 503, watchList: 503, watch: 503 },
    { list: 'silent', watchList: 'silent', watch: 'silent' },
    { list: 404, watchList: 'garbage', watch: 405 },
  ];
  const rests = IS_LONG ? [20_000, 151_000, 158_000, 263_000, 400_000] : [158_000];
  const afterOutages = outages.flatMap((outage) =>
    rests.flatMap((rest) => combinations.map((modes) => ({ outage, rest, modes }))),
  );
  it(`is current within 60 s after each of ${afterOutages.length} ends of an outage of minutes`, async () => {
    for (const { outage, rest, modes } of afterOutages) {
      const run = new Run();
      run.start();
      await run.step(step({ list: 'ok', watchList: 'ok', watch: 'ok' }, 1, 0), 'before');
      await run.step({ ...step(outage, 1), rest }, nameOf(outage));
      await run.step(step(modes, 3, 0), `${rest} ms of ${nameOf(outage)} => ${nameOf(modes)}`);
      await run.stop();
    }
  });

  it('is current within 60 s if watches are not supported after an outage, and lists are silent', async () => {
    for (let rest = 150_000; rest < 400_000; rest += 5000) {
      for (const random of [0, 0.25, 0.5, 0.75, 0.99]) {
        const run = new Run({ random: () => random });
        run.start();
        await run.step(step({ list: 'ok', watchList: 'ok', watch: 'ok' }, 1, 0), 'before');
        await run.step(step({ list: 403, watchList: 422, watch: 410 }, 1, rest), 'outage');
        await run.step(step({ list: 'silent', watchList: 'ok', watch: 405 }, 3, 0), `after ${rest} ms`);
        await run.stop();
      }
    }
  });

  const restorable = combinations.filter(({ list }) => list === 'ok');
  it(`recognises a restored upstream in each of ${restorable.length} combinations, within three minutes`, async () => {
    for (const modes of restorable) {
      const run = new Run();
      run.start();
      await run.clock.run(1000);
      await run.step(step({ list: 'ok', watchList: 'ok', watch: 'ok' }, 5), 'before');
      await run.step({ modes, restore: 3, writes: [], rest: 1000 }, `restored: ${nameOf(modes)}`);
      // Writes continue from the restored state, and get the same versions as the lost ones.
      await run.step(step(modes, 4), `after the restore: ${nameOf(modes)}`);
      expect(run.reflector.metrics.restores, nameOf(modes)).to.be.greaterThan(0);
      await run.stop();
    }
  });

  it(`sends a bounded number of requests in each of ${combinations.length} combinations`, async () => {
    let most = 0;
    for (const modes of combinations) {
      const run = new Run();
      run.start();
      await run.clock.run(1000);
      run.upstream.set(modes);
      const before = run.upstream.requests;
      await run.clock.run(HOUR);
      const requests = run.upstream.requests - before;
      most = Math.max(most, requests);
      expect(requests, nameOf(modes)).to.be.below(MAX_REQUESTS);
      await run.stop();
    }
    console.log(`      at most ${most} requests in an hour`);
  });

  const anyMode = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Mode>('ok') },
    { weight: 3, arbitrary: fc.constantFrom(...ALL_MODES) },
  );
  const anyStep = fc.record({
    modes: fc.record({ list: anyMode, watchList: anyMode, watch: anyMode }),
    writes: fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        node: fc.option(fc.constantFrom('n1', 'n2', 'n3'), { nil: undefined }),
        after: fc.integer({ min: 0, max: 20_000 }),
      }),
      { maxLength: 4 },
    ),
    rest: fc.integer({ min: 0, max: 400_000 }),
  });
  // A write after a restore could reach the frontier before a list shows the restore. Only a later relist finds that.
  const anyRestore = fc
    .record({
      modes: fc.record({ list: fc.constant<Mode>('ok'), watchList: anyMode, watch: anyMode }),
      restore: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ modes, restore }): Step => ({ modes, restore, writes: [], rest: 0 }));
  const histories = fc.array(fc.oneof({ weight: 12, arbitrary: anyStep }, { weight: 1, arbitrary: anyRestore }), {
    minLength: 1,
    maxLength: 12,
  });
  it('is current within 60 s if an older WatchList is the first one that works, and its watch is silent', async () => {
    const run = new Run();
    run.start();
    const missing = { modes: { list: 404, watchList: 404, watch: 'ok' }, writes: [], rest: 112_800 } as const;
    await run.step(missing, 'missing');
    await run.step({ modes: { list: 'ok', watchList: 'older', watch: 'silent' }, writes: [], rest: 0 }, 'older');
    await run.stop();
  });

  it('waits between requests if a probe has found a version of a history that a restore has undone', async () => {
    const run = new Run({ sendsBookmarks: false });
    run.start();
    await run.step({ modes: { list: 'ok', watchList: 'older', watch: 404 }, restore: 1, writes: [], rest: 0 }, 'first');
    await run.step({ modes: { list: 'ok', watchList: 'ok', watch: 'ok' }, restore: 1, writes: [], rest: 0 }, 'second');
    await run.step({ modes: { list: 'ok', watchList: 'ok', watch: 401 }, writes: [], rest: 0 }, 'unauthorized');
    await run.stop();
  });

  it('has a problem after older lists, while only watches work, and is current when a list works', async () => {
    const run = new Run({ sendsBookmarks: false });
    run.start();
    const write = (node: string | undefined, after: number) => ({ name: 'a', node, after });
    const [broken, works] = [{ list: 404, watchList: 500, watch: 'ok' } as const, 'ok' as const];
    await run.step({ modes: { list: 422, watchList: works, watch: 410 }, writes: [], rest: 0 }, 'WatchList');
    const older = { list: 'older', watchList: 'silent', watch: works } as const;
    await run.step(
      { modes: older, writes: [write(undefined, 3505), write(undefined, 11_562)], rest: 235_933 },
      'older',
    );
    await run.step({ modes: broken, writes: [write('n1', 0)], rest: 0 }, 'watches');
    await run.step({ modes: { list: works, watchList: works, watch: works }, writes: [], rest: 0 }, 'lists');
    await run.stop();
  });

  // `npm test` repeats the same histories, so that it fails only because of a change.
  const seed = Number(process.env['SIMULATION_SEED'] ?? (IS_LONG ? Date.now() % 2 ** 31 : 1));
  const runs = Number(process.env['SIMULATION_RUNS'] ?? (IS_LONG ? 20_000 : 300));
  it(`is current within 60 s after each step of ${runs} random histories`, () =>
    fc.assert(
      fc.asyncProperty(histories, fc.boolean(), async (history, sendsBookmarks) => {
        const run = new Run({ sendsBookmarks });
        run.start();
        for (const [index, each] of history.entries()) await run.step(each, `step ${index}, ${nameOf(each.modes)}`);
        const hours = run.clock.now() / HOUR - new FakeClock().now() / HOUR;
        expect(run.upstream.requests, 'requests').to.be.below(100 + MAX_REQUESTS * hours);
        await run.stop();
      }),
      { numRuns: runs, seed },
    ));
});
