/**
 * Random interleavings of three replicas: machines that are suspended for months, requests and responses that are lost, restarts, rotations,
 * and administrators who apply APIServices without a `caBundle`. The oracle is the promise of the mode: clients trust each certificate that a replica serves.
 */
import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import type { SelfMadeCertificate } from '../../../src/cli/self-made/self-made-certificate.ts';
import { bundleOf } from '../../../src/cli/self-made/stored-cas.ts';
import { seededRandom } from '../../../src/testing/cluster/workloads/random.ts';
import { settled } from '../../../src/testing/index.ts';
import { API_SERVICES, type Fate, SelfMadeRig } from './replicas.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const STEPS = 200;

/** A replica whose requests wait for the driver. */
class HeldReplica {
  readonly #rig: SelfMadeRig;
  #certificate: SelfMadeCertificate;
  #isRunning = false;
  #generation = 0;
  /** The functions that send the waiting requests. */
  #waiting: ((fate: Fate) => void)[] = [];
  /** While it is true, requests do not wait. */
  isFree = false;
  /** While it is true, the driver does not touch the replica: its machine is suspended. */
  isSuspended = false;

  constructor(rig: SelfMadeRig, name: string) {
    this.#rig = rig;
    this.#certificate = this.#start(name);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The certificate that the replica serves, undefined before the first one. */
  get served(): string | Buffer | undefined {
    try {
      return this.#certificate.current().cert;
    } catch {
      return undefined;
    }
  }

  /** Replaces the process. Its waiting requests are never sent. */
  restart(name: string): void {
    this.#waiting = [];
    this.#isRunning = false;
    this.#certificate = this.#start(name);
  }

  begin(): Promise<void> {
    const generation = this.#generation;
    this.#isRunning = true;
    const end = (): void => {
      if (generation === this.#generation) this.#isRunning = false;
    };
    // Lost requests end a round.
    return this.#certificate.round().then(end, end);
  }

  release(fate: Fate): void {
    this.#waiting.shift()?.(fate);
  }

  #start(name: string): SelfMadeCertificate {
    this.#generation += 1;
    return this.#rig.replica(name, () =>
      this.isFree ? Promise.resolve('reaches the cluster') : new Promise((resolve) => this.#waiting.push(resolve)),
    );
  }
}

/** Waits until each replica is idle or has a waiting request. Keys are made in threads. */
async function quiet(replicas: readonly HeldReplica[]): Promise<void> {
  while (replicas.some(({ isRunning, isWaiting }) => isRunning && !isWaiting)) await settled();
}

describe('SelfMadeCertificate of three replicas', () => {
  for (const seed of SEEDS) {
    it(`keeps every served certificate trusted in any interleaving (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
      await using rig = SelfMadeRig.inMemory();
      let names = 0;
      const name = (): string => `replica-${(names += 1)}`;
      const replicas = [0, 1, 2].map(() => new HeldReplica(rig, name()));
      const issuers = new Set<string | undefined>();

      const check = (when: string): void => {
        issuers.add(rig.cas?.current.certificate);
        for (const { served } of replicas) {
          if (served === undefined || rig.isExpired(new X509Certificate(served))) continue;
          for (const service of API_SERVICES) {
            // Before the first leader, and after an administrator, an APIService has no bundle.
            if (rig.bundle(service).length === 0) continue;
            expect(rig.trusts(service, served), `seed ${seed}: ${service} after ${when}`).to.equal(true);
          }
        }
      };

      /** One replica runs without disturbances, so that the CA never expires without a successor. */
      const calm = async (): Promise<void> => {
        const replica = pick(replicas.filter(({ isSuspended }) => !isSuspended));
        if (replica === undefined) return;
        if (replica.isRunning) replica.restart(name());
        replica.isFree = true;
        for (let round = 0; round < 6; round += 1) {
          await replica.begin();
          rig.clock.advance(11 * MINUTE_MS);
          check('a calm round');
        }
        replica.isFree = false;
      };

      for (let step = 0; step < STEPS; step += 1) {
        const chance = random();
        const awake = replicas.filter(({ isSuspended }) => !isSuspended);
        const waiting = pick(awake.filter(({ isWaiting }) => isWaiting));
        if (chance < 0.25) void pick(awake.filter(({ isRunning }) => !isRunning))?.begin();
        else if (chance < 0.7) waiting?.release('reaches the cluster');
        else if (chance < 0.73) waiting?.release('is lost');
        else if (chance < 0.76) waiting?.release('loses its response');
        else if (chance < 0.78) pick(awake)?.restart(name());
        else if (chance < 0.82) rig.clock.advance(random() * 5 * MINUTE_MS);
        else if (chance < 0.86) rig.forget(pick(API_SERVICES) ?? API_SERVICES[0]);
        else if (chance < 0.91) {
          if (waiting !== undefined && awake.length > 1) waiting.isSuspended = true;
        } else if (chance < 0.95) {
          const resumed = pick(replicas.filter(({ isSuspended }) => isSuspended));
          if (resumed !== undefined) resumed.isSuspended = false;
        } else {
          await calm();
          rig.clock.advance((40 + random() * 60) * DAY_MS);
        }
        await quiet(replicas);
        check(`step ${step}`);
      }

      // Without disturbances, all replicas agree.
      for (const replica of replicas) {
        if (replica.isRunning) replica.restart(name());
        replica.isFree = true;
      }
      for (let round = 0; round < 8; round += 1) {
        for (const replica of replicas) await replica.begin();
        rig.clock.advance(11 * MINUTE_MS);
      }
      const { cas } = rig;
      if (cas === undefined) throw new Error('there is no CA');
      for (const service of API_SERVICES) {
        expect(rig.bundle(service).map(String).join('')).to.equal(bundleOf(cas));
      }
      const issuer = new X509Certificate(cas.current.certificate);
      for (const { served } of replicas) {
        expect(new X509Certificate(served ?? '').verify(issuer.publicKey)).to.equal(true);
      }
      rotations += issuers.size - 2;
    });
  }

  let rotations = 0;
  after(() => expect(rotations, 'rotations in all histories').to.be.above(SEEDS.length / 2));
});
