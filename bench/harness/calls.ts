/**
 * Calls of functions in a child process. The benchmark runs the server, the floor, the upstream and the load in separate processes, so that
 * the CPU of each can be measured alone.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The functions of a process, by name. Arguments and results are cloned. */
interface Functions {
  readonly [name: string]: (argument: never) => unknown;
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: 'listening' };

/** A child process, seen from its parent. */
export class Remote<F extends Functions> {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<never>>();
  #calls = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => {
      if (reply.id === 'listening') return;
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ('error' in reply) pending?.reject(new Error(reply.error));
      else pending?.resolve(reply.result as never);
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#pending.values())
        reject(new Error(`the process ${child.spawnargs.at(-1)} ended with ${signal ?? code}`));
      this.#pending.clear();
    });
  }

  /**
   * Starts a module of `bench/processes` whose functions {@link provide} offers.
   * @param heapMegabytes the maximum size of its heap
   */
  static async start<F extends Functions>(module: string, heapMegabytes = 8192): Promise<Remote<F>> {
    const child = fork(new URL(`../processes/${module}.ts`, import.meta.url), {
      execArgv: ['--conditions=source', '--expose-gc', `--max-old-space-size=${heapMegabytes}`],
      serialization: 'advanced',
      // The log of a server goes to /dev/null, as a file that is not read.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) },
    });
    const remote = new Remote<F>(child);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the process ${module} ended at its start with ${code}`)));
    });
    return remote;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws Error with the message of the error that the function throws; Error if the process ends first */
  call<N extends keyof F & string>(name: N, ...[argument]: Parameters<F[N]>): Promise<Awaited<ReturnType<F[N]>>> {
    const id = this.#calls;
    this.#calls += 1;
    const pending = Promise.withResolvers<never>();
    this.#pending.set(id, pending);
    this.#child.send({ id, name, argument } satisfies Call);
    return pending.promise;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** Offers functions to the parent process, until the parent ends. */
export function provide(functions: Functions): void {
  const send = (reply: Reply): void => void process.send?.(reply);
  process.on('message', ({ id, name, argument }: Call) => {
    void (async () => {
      try {
        const call = functions[name];
        if (call === undefined) throw new Error(`the process has no function ${name}`);
        send({ id, result: await call(argument as never) });
      } catch (error) {
        send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
  process.on('disconnect', () => process.exit());
  send({ id: 'listening' });
}
