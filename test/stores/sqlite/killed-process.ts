/**
 * A process with a store, writers and one watcher, for tests that kill it. It prints one JSON object in each line: first the position at
 * which the watcher begins, then acknowledged writes and watched events.
 *
 * usage: killed-process.ts FILE SEED [POSITION]
 */
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../../../src/stores/errors.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { sqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts';
import { NEVER, task, TASKS, whenever } from '../tasks.ts';
import { IDENTITY, type KilledLine, lineOf, randomNumbers } from './kill-rounds.ts';

const WRITERS = 20;
const KEYS = 30;

const [path = '', seed = '1', from] = process.argv.slice(2);
const store = sqliteStore({ path }).open(TASKS);
const view = new MaterializedView(store.objects, IDENTITY);
view.start();
await whenever(store.objects, () => store.objects.hasSynced);
const position = from === undefined ? view.position : BigInt(from);
print({ type: 'start', position: String(position) });
const cursor = view.watchFrom(position);
const printEvents = (): void => {
  for (let event = cursor.next(); event !== undefined || cursor.isBehind; event = cursor.next()) {
    if (event !== undefined) print(lineOf(event.entry, view));
  }
};
const random = randomNumbers(Number(seed));
// The watcher is slow, so it has not received the last events when the process is killed.
cursor.listen(() => {
  if (random() < 0.05) printEvents();
});
printEvents();
await Promise.all(Array.from({ length: WRITERS }, () => write(store)));

async function write(tasks: ObjectStore): Promise<never> {
  for (;;) {
    const key = `shop/t${Math.floor(random() * KEYS)}`;
    try {
      const now = await tasks.read(key, NEVER);
      const object = task(key, String(now?.revision), { padding: 'x'.repeat(random() * 3000) });
      const written =
        now === undefined
          ? await tasks.create(object, NEVER)
          : random() < 0.3
            ? await tasks.delete(key, now.revision, NEVER)
            : await tasks.replace(object, now.revision, NEVER);
      print({ type: 'acknowledged', revision: written.revision });
    } catch (error) {
      const expected = [KeyExistsError, KeyNotFoundError, RevisionConflictError];
      if (!expected.some((kind) => error instanceof kind)) throw error;
    }
  }
}

/** Writes to a pipe are synchronous, so a printed line reaches the other process although this one is killed. */
function print(line: KilledLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
