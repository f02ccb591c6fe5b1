/** Kills a process with writers again and again, and checks what the file and a watcher have after each restart. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import type { LogEntry } from '../../../src/projections/log-entry.ts';
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { sqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts';
import { TASKS, whenever } from '../tasks.ts';

/** A line that the killed process prints. */
export type KilledLine =
  | { readonly type: 'start'; readonly position: string }
  | { readonly type: 'acknowledged'; readonly revision: number }
  | {
      readonly type: 'event';
      readonly position: string;
      readonly revision: number;
      readonly key: string;
      readonly exists: boolean;
    };

/** The resource of the view of the process, and of the check. */
export const IDENTITY = {
  group: 'example.com',
  version: 'v1',
  kind: 'Task',
  namespaced: true,
  keepsUid: true,
  definition: '',
};

/** Returns the line of an entry of the log of a view. */
export function lineOf({ after, before, position }: LogEntry, view: MaterializedView): KilledLine {
  const revision = Number(view.versionOf(position));
  const key = (after ?? before)?.key ?? '';
  return { type: 'event', position: String(position), revision, key, exists: after !== undefined };
}

/** Returns a generator of numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** See the top of this file. */
export class KillRounds {
  readonly #path: string;
  readonly #random: () => number;
  /** The objects as the watcher knows them: revisions by key. */
  readonly #objects = new Map<string, number>();
  readonly #acknowledged = new Set<number>();
  #position: string | undefined;
  /** The revision of the last event. */
  #last: number | undefined;
  #events = 0;
  #seed: number;

  constructor(path: string, seed: number) {
    this.#path = path;
    this.#random = randomNumbers(seed);
    this.#seed = seed;
  }

  /** The number of acknowledged writes and of watched events. */
  get counts(): { readonly acknowledged: number; readonly events: number } {
    return { acknowledged: this.#acknowledged.size, events: this.#events };
  }

  /** Starts the process, and kills it after a random number of acknowledged writes. */
  async round(): Promise<void> {
    const writes = Math.floor(this.#random() * 400);
    this.#seed += 1;
    const program = join(import.meta.dirname, 'killed-process.ts');
    const position = this.#position === undefined ? [] : [this.#position];
    const child = spawn(
      process.execPath,
      ['--conditions=source', program, this.#path, String(this.#seed), ...position],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'exit');
    let acknowledged = 0;
    for await (const text of createInterface({ input: child.stdout })) {
      // The last line may be incomplete.
      if (!text.endsWith('}')) continue;
      const line = JSON.parse(text) as KilledLine;
      this.#check(line);
      if (line.type === 'acknowledged') acknowledged += 1;
      if (acknowledged >= writes) child.kill('SIGKILL');
    }
    const [, signal] = (await ended) as [number | null, string | null];
    expect(signal, 'the process ended by itself').to.equal('SIGKILL');
  }

  /** Opens the file in this process, resumes the watch, and compares the objects of the watcher with those of the file. */
  async check(): Promise<void> {
    const store = sqliteStore({ path: this.#path });
    const { objects } = store.open(TASKS);
    const view = new MaterializedView(objects, IDENTITY);
    view.start();
    try {
      await whenever(objects, () => objects.hasSynced);
      const cursor = view.watchFrom(BigInt(this.#position ?? '0'));
      for (let event = cursor.next(); event !== undefined || cursor.isBehind; event = cursor.next())
        if (event !== undefined) this.#check(lineOf(event.entry, view));
      const content = [...nodeOf(objects).entries()];
      expect(new Map(content.map(([key, { metadata }]) => [key, Number(metadata.resourceVersion)]))).to.deep.equal(
        this.#objects,
      );
      // The revisions of events have no gap, so the watcher has seen every acknowledged write.
      expect(Math.max(0, ...this.#acknowledged)).to.be.at.most(this.#last ?? 0);
    } finally {
      view.stop();
      await store.close();
    }
  }

  #check(line: KilledLine): void {
    if (line.type === 'acknowledged') {
      expect(this.#acknowledged.has(line.revision), `revision ${line.revision} twice`).to.equal(false);
      this.#acknowledged.add(line.revision);
      return;
    }
    if (line.type === 'start') {
      if (this.#position !== undefined) expect(line.position).to.equal(this.#position);
      this.#position = line.position;
      this.#last ??= Number(BigInt(line.position) >> 20n);
      return;
    }
    // Each write is an event, so the revisions of events have no gap and no repetition, also across restarts.
    expect(line.revision).to.equal((this.#last ?? 0) + 1);
    this.#last = line.revision;
    this.#position = line.position;
    this.#events += 1;
    if (line.exists) this.#objects.set(line.key, line.revision);
    else this.#objects.delete(line.key);
  }
}
