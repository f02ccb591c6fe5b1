import { keyOf } from '../../src/key.ts';
import type { SourceEvent } from '../../src/informers/collection/source-collection.ts';
import { isOlder } from '../../src/informers/collection/source-version.ts';
import { Reflector, type ReflectorOptions } from '../../src/informers/reflector.ts';
import type { ReflectorSink } from '../../src/informers/reflector-sink.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch, type FakeRequest } from '../../src/testing/informers/fake-list-watch.ts';

/** A sink that stores and logs each write: `replace 101: a/a a/b`, `restore 90: a/a`, `ADDED a/c 102`, `progress 110`, `gone`. */
export class RecordingSink implements ReflectorSink<V1Pod> {
  readonly rows = new Map<string, V1Pod>();
  readonly log: string[] = [];
  /** The writes that violate the contract. */
  readonly violations: string[] = [];
  frontier: string | undefined;
  isUnwatchable = false;

  replace(objects: ReadonlyMap<string, V1Pod>, version: string | undefined, restored = false): void {
    this.rows.clear();
    for (const [key, object] of objects) this.rows.set(key, object);
    const name = restored ? 'restore' : 'replace';
    this.log.push(`${name} ${version}: ${[...objects.keys()].sort().join(' ')}`);
    if (restored) this.frontier = undefined;
    this.#advance(version);
  }

  apply({ type, object, version }: SourceEvent<V1Pod>): void {
    const key = keyOf(object);
    if (type === 'ADDED' && this.rows.has(key)) this.violations.push(`${key} was added twice`);
    if (type !== 'ADDED' && !this.rows.has(key)) this.violations.push(`${type} of the unknown ${key}`);
    if (type === 'DELETED') this.rows.delete(key);
    else this.rows.set(key, object);
    this.log.push(`${type} ${key} ${version}`);
    this.#advance(version);
  }

  omit(key: string, version: string | undefined): void {
    this.rows.delete(key);
    this.log.push(`omit ${key} ${version}`);
    this.#advance(version);
  }

  progress(version: string): void {
    this.log.push(`progress ${version}`);
    this.#advance(version);
  }

  gone(): void {
    this.rows.clear();
    this.log.push('gone');
  }

  held(key: string): V1Pod | undefined {
    return this.rows.get(key);
  }

  unwatchable(): void {
    this.isUnwatchable = true;
  }

  take(): string[] {
    return this.log.splice(0);
  }

  #advance(version: string | undefined): void {
    if (version === undefined) return;
    if (this.frontier !== undefined && isOlder(version, this.frontier))
      this.violations.push(`${version} after ${this.frontier}`);
    this.frontier = version;
  }
}

export interface Rig {
  readonly upstream: FakeListWatch<V1Pod>;
  readonly clock: FakeClock;
  readonly sink: RecordingSink;
  readonly reflector: Reflector<V1Pod>;
  readonly stop: () => void;
  /** The requests since the last call, without checks: `list`, `list 105`, `watch 105`, `watchlist`, `page`. */
  readonly requests: () => string[];
  /** The number of checks (lists of one object) since the last call. */
  readonly checks: () => number;
}

const rigs = new Set<Rig>();

/** A running reflector over a fake upstream, on a fake clock, with a random function that returns 0 (so waits are maximal). */
export function reflectorRig(objects: readonly V1Pod[] = [], options: Partial<ReflectorOptions<V1Pod>> = {}): Rig {
  const upstream = new FakeListWatch<V1Pod>(objects, { name: 'pods' });
  return rigOver(upstream, options);
}

export function rigOver(upstream: FakeListWatch<V1Pod>, options: Partial<ReflectorOptions<V1Pod>> = {}): Rig {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const reflector = new Reflector<V1Pod>({ listWatch: upstream, sink, clock, random: () => 0, ...options });
  const controller = new AbortController();
  let seen = 0;
  let seenChecks = 0;
  const rig: Rig = {
    upstream,
    clock,
    sink,
    reflector,
    stop: () => controller.abort(),
    requests: () => {
      const since = upstream.requests.slice(seen);
      seen = upstream.requests.length;
      return since.filter(isNoCheck).map((request) => {
        if (request.verb === 'list' && request.continue !== undefined) return 'page';
        const verb = request.verb === 'watch' && request.sendInitialEvents === true ? 'watchlist' : request.verb;
        return request.resourceVersion === undefined ? verb : `${verb} ${request.resourceVersion}`;
      });
    },
    checks: () => {
      const checks = upstream.requests.filter((request) => !isNoCheck(request)).length;
      const since = checks - seenChecks;
      seenChecks = checks;
      return since;
    },
  };
  rigs.add(rig);
  // eslint-disable-next-line typescript/no-floating-promises -- never rejects, by contract
  reflector.run(controller.signal);
  return rig;
}

function isNoCheck(request: FakeRequest): boolean {
  return request.verb === 'watch' || request.limit !== 1;
}

/** For `afterEach`: stops all rigs, and returns the numbers of remaining timers and watches (0 of each, unless one leaks). */
export async function stopRigs(): Promise<{
  readonly timers: number;
  readonly watches: number;
  readonly violations: string[];
}> {
  let timers = 0;
  let watches = 0;
  const violations: string[] = [];
  for (const rig of rigs) {
    rig.stop();
    await rig.clock.run(0);
    timers += rig.clock.waiting;
    watches += rig.upstream.openWatches;
    violations.push(...rig.sink.violations);
  }
  rigs.clear();
  return { timers, watches, violations };
}
