/** The thread of a store, in this thread, with faults that tests choose. */
import { describeFailure, SqliteCallError } from '../../../src/stores/sqlite/sqlite-failure.ts';
import { SqliteFile } from '../../../src/stores/sqlite/sqlite-file.ts';
import type { SqliteCalls } from '../../../src/stores/sqlite/sqlite-messages.ts';
import type { SqliteThread } from '../../../src/stores/sqlite/sqlite-thread.ts';

type Fault = 'ends before the commit' | 'ends after the commit' | undefined;

/** The threads of one store, and their faults. */
export class ThreadFaults {
  /** The number of writes of each commit. */
  readonly batches: number[] = [];
  /** The fault of the next commit. */
  next: Fault;
  /** If set, the file cannot be opened. */
  openFailure: Error | undefined;
  /** If set, the file seems to be at this revision when it is opened. */
  counter: number | undefined;
  /** The number of commits that have arrived. */
  arrived = 0;
  #gate: Promise<void> = Promise.resolve();

  /** Holds all commits that arrive from now on. @returns a function that continues them */
  hold(): () => void {
    let release = (): void => undefined;
    this.#gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  readonly start = (): SqliteThread => {
    let file: SqliteFile | undefined;
    let end: SqliteCallError | undefined;
    const serve = async (name: string, call: unknown): Promise<unknown> => {
      if (end !== undefined) throw end;
      if (name === 'open') {
        if (this.openFailure !== undefined) throw this.openFailure;
        file = new SqliteFile(call as SqliteCalls['open']['call']);
        return { counter: this.counter ?? file.counter };
      }
      if (file === undefined) throw new Error('the file is not open');
      if (name === 'read') {
        const { resource, key } = call as SqliteCalls['read']['call'];
        return file.read(resource, key);
      }
      if (name === 'page') {
        const { resource, after } = call as SqliteCalls['page']['call'];
        return file.page(resource, after);
      }
      if (name === 'close') {
        file.close();
        file = undefined;
        return undefined;
      }
      const { writes, now } = call as SqliteCalls['commit']['call'];
      this.arrived += 1;
      await this.#gate;
      const fault = this.next;
      this.next = undefined;
      this.batches.push(writes.length);
      const results = fault === 'ends before the commit' ? [] : file.commit(writes, now);
      if (fault === undefined) return results;
      file.close();
      file = undefined;
      end = new SqliteCallError({ kind: 'unknown', message: 'the thread has ended', isBroken: true });
      throw end;
    };
    return {
      call: async (name, call) => {
        try {
          return (await serve(name, call)) as never;
        } catch (error) {
          throw describeFailure('/data/tasks.db', error);
        }
      },
      terminate: async () => {
        file?.close();
        file = undefined;
      },
    };
  };
}
