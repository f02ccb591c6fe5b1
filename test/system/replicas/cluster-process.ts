/**
 * A fake cluster in a separate process, which changes its pods at a rate. The parent process sends commands over IPC.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fakeCluster } from '../../../src/testing/index.ts';
import { objects, PodWrites, type Sequences } from './pods.ts';

type Command =
  | { readonly type: 'register'; readonly port: number; readonly caBundle: string }
  | { readonly type: 'write'; readonly rate: number }
  | { readonly type: 'look' }
  | { readonly type: 'rest' };

/** How to reach the cluster: as an administrator by the kubeconfig, and as a user by the client certificate. */
export interface ClusterAccess {
  readonly port: number;
  readonly caCertificate: string;
  readonly kubeConfig: string;
  readonly client: { readonly cert: string; readonly key: string };
}

/** The state of the pods. */
export interface PodState {
  readonly writes: number;
  readonly sequences: Sequences;
}

/** The interval of rounds of writes, in milliseconds. */
const ROUND_MS = 20;

/** The parent's side. */
export class ClusterProcess {
  readonly access: ClusterAccess;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, access: ClusterAccess) {
    this.#child = child;
    this.access = access;
  }

  static async started(): Promise<ClusterProcess> {
    const child = fork(import.meta.filename, { execArgv: ['--conditions=source'] });
    return new ClusterProcess(child, await messageOf<ClusterAccess>(child));
  }

  /** Registers the group of the replicas with the aggregator. */
  register(port: number, caBundle: string): Promise<void> {
    return this.#ask({ type: 'register', port, caBundle });
  }

  /** Writes at a rate per second, until {@link rest}. */
  write(rate: number): Promise<void> {
    return this.#ask({ type: 'write', rate });
  }

  /** Returns the current state, while the writes continue. */
  look(): Promise<PodState> {
    return this.#ask({ type: 'look' });
  }

  /** Ends the writes, and returns the final state. */
  rest(): Promise<PodState> {
    return this.#ask({ type: 'rest' });
  }

  close(): void {
    this.#child.kill();
  }

  #ask<T>(command: Command): Promise<T> {
    const response = messageOf<T>(this.#child);
    this.#child.send(command);
    return response;
  }
}

/** @throws Error if the process ends first */
async function messageOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const end = (): void => ended.abort(new Error('the process of the cluster ended'));
  child.once('exit', end);
  try {
    const [message] = (await once(child, 'message', { signal: ended.signal })) as [T];
    return message;
  } finally {
    child.off('exit', end);
  }
}

async function run(): Promise<void> {
  const cluster = await fakeCluster({ objects: objects() });
  const writes = new PodWrites(cluster);
  let timer: NodeJS.Timeout | undefined;
  const send = (message: unknown): void => void process.send?.(message);
  process.on('message', (command: Command) => {
    if (command.type === 'register') {
      const { port, caBundle } = command;
      const service = { group: 'example.com', version: 'v1', port, caBundle };
      void cluster.registerApiService(service).then(() => send({}));
      return;
    }
    if (command.type !== 'look') clearInterval(timer);
    if (command.type !== 'write') {
      send({ writes: writes.count, sequences: writes.sequences } satisfies PodState);
      return;
    }
    const [begin, first] = [performance.now(), writes.count];
    timer = setInterval(() => {
      const due = first + ((performance.now() - begin) / 1000) * command.rate;
      while (writes.count < due) writes.write();
    }, ROUND_MS);
    send({});
  });
  process.on('disconnect', () => process.exit());
  const { certificate: cert, key } = await cluster.clientAuthority.issue({ commonName: 'watcher', usage: 'client' });
  const { port, caCertificate } = cluster;
  const kubeConfig = await cluster.kubeConfigFor();
  send({ port, caCertificate, kubeConfig, client: { cert, key } } satisfies ClusterAccess);
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) await run();
