import { expect } from 'chai';
import { SourceCollection, type SourceObject } from '../../../src/informers/collection/source-collection.ts';
import type { SourceStatus } from '../../../src/informers/collection/source-status.ts';
import { SourceLog } from '../../../src/server/describe/source-log.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';
import { seededRandom } from '../../../src/testing/cluster/index.ts';
import { RecordedLog } from '../../support/test-server.ts';

const STALE_AFTER = 180_000;
const REFUSED = "can't reach https://10.0.0.1: connection refused";

/** A source whose status the test sets. */
class ScriptedStatus extends SourceCollection<SourceObject> {
  readonly #clock: FakeClock;
  #status: Partial<SourceStatus> = {};
  #lastActivity: number;

  constructor(name: string, clock: FakeClock) {
    super(name, 'none');
    this.#clock = clock;
    this.#lastActivity = clock.now();
  }

  /** A request fails, once more or for the first time. */
  fail(cause = 'ConnectionError', message = REFUSED): void {
    const { failingSince = this.#clock.now(), failures = 0 } = this.#status;
    this.#set({ cause, message, failingSince, failures: failures + 1 });
  }

  /** The source works, perhaps with a restriction that does not make its requests fail. */
  work(restriction?: string): void {
    this.#lastActivity = this.#clock.now();
    this.#set({ cause: restriction, message: restriction });
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: true,
        ready: true,
        message: undefined,
        lastActivity: this.#lastActivity,
        unsyncedSince: undefined,
        ...this.#status,
      },
    ];
  }

  #set(status: Partial<SourceStatus>): void {
    this.#status = status;
    this.reportStatus();
  }

  protected override readonly readable: boolean = true;
  protected override start(): void {}
  protected override stop(): void {}
}

describe('SourceLog', () => {
  let clock: FakeClock;
  let log: RecordedLog;
  let sources: ScriptedStatus[];
  let logs: SourceLog | undefined;

  beforeEach(() => {
    clock = new FakeClock(0);
    log = new RecordedLog();
    sources = ['pods', 'nodes', 'services', 'secrets', 'leases', 'events', 'jobs.batch'].map(
      (name) => new ScriptedStatus(name, clock),
    );
  });
  afterEach(() => logs?.end());

  const start = (): void => {
    logs = new SourceLog(sources, { log, clock, staleAfter: STALE_AFTER });
  };
  /** The lines since the last call. */
  const lines = (): string[] => log.entries.splice(0).map(({ level, message }) => `${level} ${message}`);
  const [one, two]: [() => ScriptedStatus, () => ScriptedStatus] = [
    () => sources[0] ?? expect.fail('no source'),
    () => sources[1] ?? expect.fail('no source'),
  ];

  it('logs one cause of seven sources in one line, and their recovery in another', () => {
    start();
    for (const source of sources) source.fail();
    clock.advance(1000);
    const names = 'pods, nodes, services, secrets, leases, events, jobs.batch';
    expect(lines()).to.deep.equal([`warn 7 sources have the same problem (${names}): ${REFUSED}`]);
    for (let retry = 0; retry < 100; retry += 1) {
      clock.advance(1000);
      for (const source of sources) source.fail();
    }
    expect(lines(), 'retries are not logged').to.deep.equal([]);
    for (const source of sources) source.work();
    clock.advance(1000);
    expect(lines()).to.deep.equal([`info 7 sources work again (${names}), after 101 s and 707 failed requests`]);
  });

  it('names at most three messages of one cause', () => {
    start();
    for (const source of sources) source.fail('UpstreamApiError 403', `not allowed: ${source.name} is forbidden`);
    clock.advance(1000);
    expect(lines()).to.deep.equal([
      'warn 7 sources have problems of the same kind (pods, nodes, services, secrets, leases, events, jobs.batch): not allowed: ' +
        'pods is forbidden; not allowed: nodes is forbidden; not allowed: services is forbidden; and 4 other messages',
    ]);
  });

  it('names at most 20 sources', () => {
    sources = Array.from({ length: 25 }, (_, index) => new ScriptedStatus(`s${index}`, clock));
    start();
    for (const source of sources) source.fail();
    clock.advance(1000);
    expect(lines()[0]).to.match(/^warn 25 sources have the same problem \(s0, .*, s19, and 5 more\): /);
  });

  it('uses one line for each cause', () => {
    start();
    one().fail();
    two().fail('UpstreamApiError 403', 'not allowed: nodes is forbidden');
    clock.advance(1000);
    expect(lines()).to.deep.equal([
      `warn source pods has a problem: ${REFUSED}`,
      'warn source nodes has a problem: not allowed: nodes is forbidden',
    ]);
  });

  it('does not log a connection that was lost and replaced within a second', () => {
    start();
    one().fail();
    clock.advance(500);
    one().work();
    clock.advance(60_000);
    expect(lines()).to.deep.equal([]);
  });

  it('logs a source that failed before the log began', () => {
    one().fail();
    start();
    clock.advance(1000);
    expect(lines()).to.deep.equal([`warn source pods has a problem: ${REFUSED}`]);
  });

  it('does not log that a source waits for its first state, or a message with another number', () => {
    start();
    one().work();
    one().fail('ConnectionError', 'no response for 1 s');
    clock.advance(1000);
    lines();
    one().fail('ConnectionError', 'no response for 2 s');
    clock.advance(100_000);
    expect(lines()).to.deep.equal([]);
  });

  it('has no timer while all sources work, and none after its end', () => {
    start();
    expect(clock.waiting).to.equal(0);
    one().work();
    expect(clock.waiting).to.equal(0);
    one().fail();
    expect(clock.waiting).to.equal(1);
    clock.advance(1000);
    one().fail();
    expect([clock.waiting, lines().length], 'a problem that was logged needs no timer').to.deep.equal([0, 1]);
    one().work();
    logs?.end();
    expect(clock.waiting).to.equal(0);
    one().fail();
    clock.advance(100_000);
    expect([clock.waiting, lines().length]).to.deep.equal([0, 0]);
  });

  it('logs once that a failing source is stale', () => {
    start();
    for (let second = 0; second < 600; second += 1) {
      clock.advance(1000);
      one().fail();
    }
    expect(lines()).to.deep.equal([
      `warn source pods has a problem: ${REFUSED}`,
      'warn source pods is stale: nothing has arrived for 181 s, and rows show the state before that',
    ]);
    one().work();
    clock.advance(10_000);
    expect(lines()).to.deep.equal(['info source pods works again, after 599 s and 600 failed requests']);
  });

  it('logs a restriction once, also if requests fail in between', () => {
    start();
    one().work('polled');
    clock.advance(1000);
    expect(lines()).to.deep.equal(['warn source pods has a problem: polled']);
    for (let outage = 0; outage < 3; outage += 1) {
      clock.advance(60_000);
      one().fail();
      clock.advance(1000);
      expect(lines()).to.deep.equal([`warn source pods has a problem: ${REFUSED}`]);
      clock.advance(60_000);
      one().work('polled');
      clock.advance(1000);
      expect(lines()).to.deep.equal(['info source pods works again, after 61 s and 1 failed request']);
    }
    clock.advance(60_000);
    one().work();
    clock.advance(1000);
    expect(lines()).to.have.length(1);
  });

  it('has at most one report in ten seconds, and is true in the end (300 random histories)', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? expect.fail('empty');
      clock = new FakeClock(0);
      sources = ['a', 'b', 'c'].map((name) => new ScriptedStatus(name, clock));
      const failing = new Map<string, string>();
      const reports = new Set<number>();
      log = new RecordedLog();
      start();
      for (let step = 0; step < 60; step += 1) {
        const source = pick(sources);
        const cause = pick(['ConnectionError', 'UpstreamApiError 403', 'polled', 'works']);
        if (cause === 'works' || cause === 'polled') source.work(cause === 'works' ? undefined : cause);
        else source.fail(cause, cause);
        clock.advance(pick([0, 100, 1000, 5000, 20_000]));
        readLog();
      }
      clock.advance(10_000);
      readLog();
      const actual = sources
        .flatMap((source) => source.sources())
        .filter(({ failingSince }) => failingSince !== undefined);
      expect(Object.fromEntries(failing), `seed ${seed}`).to.deep.equal(
        Object.fromEntries(actual.map(({ name, cause }) => [name, cause])),
      );
      expect(reports.size, `seed ${seed}`).to.be.at.most(clock.now() / 10_000 + 1);
      expect(clock.waiting).to.equal(0);
      logs?.end();

      /** Learns from the log which sources fail, and why. A source that is polled works. */
      function readLog(): void {
        for (const line of lines()) {
          reports.add(clock.now());
          const names = /\((.*?)\)/.exec(line)?.[1]?.split(', ') ?? [/source (\w+) /.exec(line)?.[1] ?? ''];
          const cause = /problem.*: (.*)$/.exec(line)?.[1];
          for (const name of names) {
            if (line.startsWith('info') || cause === 'polled') failing.delete(name);
            else if (cause !== undefined) failing.set(name, cause);
          }
        }
      }
    }
  });
});
