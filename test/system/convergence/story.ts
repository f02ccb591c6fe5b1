/** A random history as a script: what happens, in which order, and how much the event loop gets done in between. It shrinks. */
import fc from 'fast-check';
import { KEYS, VALUES } from './pods.ts';
import type { Behaviour } from './watching-client.ts';

/** How often what happens. Replicas lag behind, and lists bridge the lag: that is where rows get lost. */
const STEPS = {
  /** A write, many, one of something else. */
  put: 30,
  delete: 8,
  burst: 3,
  tick: 3,
  /** Of upstream, to all replicas: watches are cut, end, or fail with a 410; history goes; or all in one, with writes in between. */
  cut: 3,
  end: 1,
  expired: 2,
  expire: 2,
  gap: 7,
  /** Of upstream, to one replica. */
  failLists: 2,
  hold: 6,
  deliver: 10,
  release: 5,
  lag: 3,
  drop: 3,
  /** Time passes for informers, for servers. */
  upstreamTime: 12,
  serverTime: 10,
  stop: 2,
  start: 4,
  /** Clients. */
  go: 36,
  pause: 3,
  resume: 4,
  cutClient: 4,
  cutAfter: 4,
  cutConnections: 1,
  remember: 4,
  rewind: 2,
} as const;

export type StepType = keyof typeof STEPS;

export interface Step {
  readonly type: StepType;
  /** Which client, replica, key and value it is about. */
  readonly client: number;
  readonly replica: number;
  readonly key: number;
  readonly value: number;
  /** How much, how often, how long, how late. */
  readonly amount: number;
  /** Turns of the event loop after it. */
  readonly turns: number;
}

export interface Story {
  readonly replicas: number;
  /** Entries in the log of each view. */
  readonly entries: number;
  /** Indices of {@link BEHAVIOURS}. */
  readonly clients: readonly number[];
  /** For what is left to chance in servers and informers. */
  readonly chance: number;
  readonly steps: readonly Step[];
}

/** Clients there may be. */
export const BEHAVIOURS: readonly Behaviour[] = [
  { protocol: 'h1', mode: 'list', form: 'object' },
  { protocol: 'h2', mode: 'initial events', form: 'object' },
  { protocol: 'h2', mode: 'pages', form: 'object' },
  { protocol: 'h1', mode: 'pages', form: 'table', namespace: 'kube-public' },
  { protocol: 'h2', mode: 'list', form: 'object', labelSelector: 'tier=web', timeoutSeconds: 120 },
  { protocol: 'h1', mode: 'initial events', form: 'partial', labelSelector: 'tier=db' },
  { protocol: 'h1', mode: 'initial events', form: 'table', fieldSelector: 'status.rank=1' },
  { protocol: 'h2', mode: 'pages', form: 'partial', fieldSelector: 'metadata.name=a' },
  { protocol: 'h1', mode: 'list', form: 'object', namespace: 'default', fieldSelector: 'metadata.name=a' },
  { protocol: 'h2', mode: 'list', form: 'table', timeoutSeconds: 120 },
];

/** Shown are the fields that a step goes by. */
const FIELDS: Readonly<Record<StepType, readonly Exclude<keyof Step, 'type' | 'turns'>[]>> = {
  put: ['key', 'value'],
  delete: ['key'],
  burst: ['key', 'amount'],
  tick: [],
  cut: [],
  end: [],
  expired: [],
  expire: [],
  gap: ['key', 'value', 'amount'],
  failLists: ['replica', 'amount'],
  hold: ['replica'],
  deliver: ['replica', 'amount'],
  release: ['replica'],
  lag: ['replica', 'amount'],
  drop: ['replica'],
  upstreamTime: ['amount'],
  serverTime: ['amount'],
  stop: ['replica', 'amount'],
  start: ['replica'],
  go: ['client', 'replica'],
  pause: ['client'],
  resume: ['client'],
  cutClient: ['client'],
  cutAfter: ['client', 'amount'],
  cutConnections: ['replica'],
  remember: ['client'],
  rewind: ['client', 'amount'],
};

/** Stories with so many replicas, without some of the steps. */
export function stories(replicas: number, without: readonly StepType[], length: number): fc.Arbitrary<Story> {
  const types = Object.entries(STEPS)
    .map(([type, weight]) => ({ weight, type: type as StepType }))
    .filter(({ type }) => !without.includes(type))
    .map(({ weight, type }) => ({ weight, arbitrary: fc.constant(type) }));
  const step = fc.record({
    type: fc.oneof(...types),
    client: fc.nat(3),
    replica: fc.nat(replicas - 1),
    key: fc.nat(KEYS.length - 1),
    value: fc.nat(VALUES.length - 1),
    amount: fc.constantFrom(0, 1, 1, 2, 3, 5),
    turns: fc.constantFrom(0, 0, 1, 2, 4, 8, 16),
  });
  return fc.record({
    replicas: fc.constant(replicas),
    entries: fc.constantFrom(1000, 1000, 6),
    clients: fc.uniqueArray(fc.nat(BEHAVIOURS.length - 1), { minLength: 1, maxLength: 4, size: 'max' }),
    chance: fc.noShrink(fc.nat(0xffff)),
    steps: fc.array(step, { maxLength: length, size: 'max' }),
  });
}

/** A story to be read by people. */
export function describeStory({ replicas, entries, clients, chance, steps }: Story): string {
  const lines = steps.map(({ type, turns, ...fields }) =>
    [type, ...FIELDS[type].map((field) => `${field}=${fields[field]}`), turns === 0 ? '' : `turns=${turns}`].join(' '),
  );
  const who = clients.map((client, index) => `client ${index}: ${JSON.stringify(BEHAVIOURS[client])}`);
  return [`replicas=${replicas} entries=${entries} chance=${chance}`, ...who, ...lines]
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
