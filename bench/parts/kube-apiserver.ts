/**
 * The CPU of a kube-apiserver and of this server for the same pods: lists as JSON and gzip, and lists of summaries, for which clients of
 * the kube-apiserver read whole pods. It needs a kubeconfig in KUBECONFIG whose kube-apiserver runs on this machine.
 * @module
 */
import { inTurn, type Side } from '../harness/against-floor.ts';
import type { Bench, Part } from '../harness/bench.ts';
import { question, Rig } from '../harness/rig.ts';
import { KubeApiServer } from '../kube-apiserver/kube-api-server.ts';
import type { Question } from '../load/connections.ts';
import { TENTH_LABEL } from '../pods/pod-json.ts';
import type { Row } from '../report/results.ts';

const SET = { pods: 1200, namespaces: 10, nodes: 40 };
const SELECTOR = `labelSelector=${encodeURIComponent(`${TENTH_LABEL}=3`)}`;
const GZIP = { 'accept-encoding': 'gzip' };
/** The number of requests of a round. The clock of another process has steps of 10 ms. */
const [THEIR_REQUESTS, OUR_REQUESTS] = [5, 40];

/** A question to both servers. */
interface Compared {
  readonly what: string;
  readonly path: string;
  /** The same question to the kube-apiserver. */
  readonly podsPath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the CPU is compared for each byte, or for each response. */
  readonly perByte: boolean;
  readonly least: number;
}

const QUESTIONS: readonly Compared[] = [
  { what: 'whole pods, JSON', path: 'wholepods', podsPath: '', headers: {}, perByte: true, least: 4.9 },
  { what: 'whole pods, gzip', path: 'wholepods', podsPath: '', headers: GZIP, perByte: true, least: 150 },
  { what: 'summaries', path: 'podsummaries', podsPath: '', headers: {}, perByte: false, least: 150 },
  {
    what: 'summaries, label selector',
    path: `podsummaries?${SELECTOR}`,
    podsPath: `?${SELECTOR}`,
    headers: {},
    perByte: false,
    least: 150,
  },
  {
    what: 'summaries, limit=500',
    path: 'podsummaries?limit=500',
    podsPath: '?limit=500',
    headers: {},
    perByte: false,
    least: 150,
  },
];

export const kubeApiServer: Part = {
  name: 'kube-apiserver',
  about: 'lists of the same pods by a kube-apiserver, if KUBECONFIG names one on this machine',
  async run(bench) {
    const kube = await KubeApiServer.ofEnvironment();
    if (kube === undefined) return QUESTIONS.map((asked) => missingRow(asked));
    await bench.release();
    const rig = await Rig.ready({ ...SET, resources: ['wholepods', 'podsummaries'] });
    try {
      await kube.load(SET);
      const rows: Row[] = [];
      for (const asked of QUESTIONS) rows.push(await measured(bench, rig, kube, asked));
      return rows;
    } finally {
      await rig.close();
      await kube.unload(SET);
    }
  },
};

const whatOf = ({ what, perByte }: Compared): string =>
  `kube-apiserver against this server, ${what}, CPU ${perByte ? 'for each byte' : 'for each list'}`;

function missingRow(asked: Compared): Row {
  const note = 'KUBECONFIG names no kube-apiserver on this machine';
  return { what: whatOf(asked), value: Number.NaN, unit: 'times', goal: { least: asked.least }, note };
}

async function measured(bench: Bench, rig: Rig, kube: KubeApiServer, asked: Compared): Promise<Row> {
  const { path, podsPath, headers, perByte, least } = asked;
  const ours = question(path, headers);
  const theirs: Question = {
    path: `/api/v1/pods${podsPath}`,
    headers: { accept: 'application/json', ...headers },
  };
  const common = { connections: 2, status: 200 };
  const server: Side = {
    cpu: () => rig.cpuOf('server'),
    load: () =>
      rig.load.call('requests', {
        target: rig.target('server', 'HTTP/1.1'),
        question: ours,
        count: OUR_REQUESTS,
        ...common,
      }),
  };
  const other: Side = {
    cpu: () => Promise.resolve(kube.cpu()),
    load: () => rig.load.call('requests', { target: kube.target, question: theirs, count: THEIR_REQUESTS, ...common }),
  };
  await inTurn([server, other], 1);
  const [own, kubeCost] = await inTurn([server, other], bench.rounds);
  if (own === undefined || kubeCost === undefined) throw new Error('two sides have two costs');
  const share = perByte ? (own.bytes ?? 1) / (kubeCost.bytes ?? 1) : 1;
  return {
    what: whatOf(asked),
    value: (kubeCost.cpu / own.cpu) * share,
    unit: 'times',
    goal: { least },
    server: own,
    floor: kubeCost,
    note: `the floor is the kube-apiserver ${kube.version}, with ${((kubeCost.bytes ?? 0) / 1e6).toFixed(1)} MB`,
  };
}
