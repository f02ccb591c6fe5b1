/** A random history as a script: the steps, their order, and the number of event-loop turns between them. fast-check can shrink it. */
import fc from 'fast-check';
import { KEYS, VALUES } from './pods.ts';
import type { Behaviour } from './watching-client.ts';

/** Relative frequencies of the steps. Replicas lag often, and lists bridge the lag, because most lost rows come from this. */
const STEPS = {
  /** Writes: one, many, and one of an unrelated object. */
  put: 30,
  delete: 8,
  burst: 3,
  tick: 3,
  /** Faults of upstream for all replicas: watches are cut, end, or fail with a 410; history expires; or all at once, with writes in between. */
  cut: 3,
  end: 1,
  expired: 2,
  expire: 2,
  gap: 7,
  /** Faults of upstream for one replica. */
  failLists: 2,
  hold: 6,
  deliver: 10,
  release: 5,
  lag: 3,
  drop: 3,
  /** Time passes for informers or servers. */
  upstreamTime: 12,
  serverTime: 10,
  stop: 2,
  start: 4,
  /** Steps of clients. */
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
  /** The client, replica, key and value of the step. */
  readonly client: number;
  readonly replica: number;
  readonly key: number;
  readonly value: number;
  /** The amount, count, duration or lag of the step. */
  readonly amount: number;
  /** The number of event-loop turns after the step. */
  readonly turns: number;
}

export interface Story {
  readonly replicas: number;
  /** The number of entries in the log of each view. */
  readonly entries: number;
  /** Indices of {@link BEHAVIOURS}. */
  readonly clients: readonly number[];
  /** The seed of random choices in servers and informers. */
  readonly chance: number;
  readonly steps: readonly Step[];
}

/** All kinds of clients. */
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

/** The fields that each step uses. Only these are printed. */
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

/** Arbitrary stories with a number of replicas, without some kinds of steps. */
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

/** Prints a story for readers. */
export function describeStory({ replicas, entries, clients, chance, steps }: Story): string {
  const lines = steps.map(({ type, turns, ...fields }) =>
    [type, ...FIELDS[type].map((field) => `${field}=${fields[field]}`), turns === 0 ? '' : `turns=${turns}`].join(' '),
  );
  const states = clients.map((client, index) => `client ${index}: ${JSON.stringify(BEHAVIOURS[client])}`);
  return [`replicas=${replicas} entries=${entries} chance=${chance}`, ...states, ...lines]
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
