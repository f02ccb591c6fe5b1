/**
 * The trace of a production cluster with GPUs: `openb` of alibaba/clusterdata, cluster-trace-gpu-v2023. Two files of comma-separated
 * values, without quotes, each with a header line. The data is not part of the project. The test runs if it lies beside the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the trace: `../shared/data/openb` from the root of the project. */
export const OPENB: string = resolve(import.meta.dirname, '../../../shared/data/openb');

const NODES = 'openb_node_list_all_node.csv';
const PODS = 'openb_pod_list_default.csv';

/** A node of the trace. */
export interface TracedNode {
  readonly name: string;
  readonly cpuMilli: number;
  readonly memoryMib: number;
}

/** A pod of the trace. Times are in seconds since the trace began. */
export interface TracedPod {
  readonly name: string;
  readonly cpuMilli: number;
  readonly memoryMib: number;
  /** The last phase of the pod. */
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly created: number;
  readonly deleted: number;
  /** Undefined if the pod was never scheduled. */
  readonly scheduled: number | undefined;
}

export interface Trace {
  readonly nodes: readonly TracedNode[];
  readonly pods: readonly TracedPod[];
}

/** Whether the files of the trace exist. */
export function hasTrace(): boolean {
  return existsSync(join(OPENB, NODES)) && existsSync(join(OPENB, PODS));
}

/** Reads the trace. @throws Error for files in another format */
export function readTrace(): Trace {
  return {
    nodes: lines(NODES, ['sn', 'cpu_milli', 'memory_mib']).map(([name = '', cpu, memory]) => ({
      name,
      cpuMilli: whole(cpu),
      memoryMib: whole(memory),
    })),
    pods: lines(PODS, [
      'name',
      'cpu_milli',
      'memory_mib',
      'pod_phase',
      'creation_time',
      'deletion_time',
      'scheduled_time',
    ]).map(([name = '', cpu, memory, phase, created, deleted, scheduled]) => ({
      name,
      cpuMilli: whole(cpu),
      memoryMib: whole(memory),
      phase: knownPhase(phase),
      created: whole(created),
      deleted: whole(deleted),
      scheduled: scheduled === '' ? undefined : whole(scheduled),
    })),
  };
}

/** The values of the given columns, one array for each line. */
function lines(file: string, columns: readonly string[]): (string | undefined)[][] {
  const text = readFileSync(join(OPENB, file), 'utf8');
  if (text.includes('"')) throw new Error(`${file}: quoted values are not supported`);
  const [titles = [], ...rows] = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const places = columns.map((column) => titles.indexOf(column));
  if (places.includes(-1))
    throw new Error(`${file}: expected the columns ${columns.join(', ')}, found ${titles.join(', ')}`);
  return rows.map((row) => {
    if (row.length !== titles.length) throw new Error(`${file}: ${row.join(',')} has ${row.length} values`);
    return places.map((place) => row[place]);
  });
}

function whole(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new Error(`${text} is not a whole number`);
  return Number(text);
}

function knownPhase(text: string | undefined): TracedPod['phase'] {
  if (text === 'Pending' || text === 'Running' || text === 'Succeeded' || text === 'Failed') return text;
  throw new Error(`${text} is not a phase of a pod`);
}
