/**
 * The process of the clients.
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { Question, Target } from '../load/connections.ts';
import { closeConnections, read, save, sendRequests } from '../load/requests.ts';
import { initialEvents, OpenWatches, readInitialEvents, type Watches } from '../load/watches.ts';
import { provide } from '../harness/calls.ts';

/** The initial events of a watch to save. */
interface InitialEvents {
  readonly target: Target;
  readonly question: Question;
  readonly lines: number;
  readonly file: string;
}

const groups: OpenWatches[] = [];

function group(index: number): OpenWatches {
  const found = groups[index];
  if (found === undefined) throw new Error(`there is no group ${index} of watches`);
  return found;
}

const functions = {
  requests: sendRequests,
  read,
  readInitialEvents,
  /** Writes the body of a response to a file. */
  save: ({ target, question, file }: { readonly target: Target; readonly question: Question; readonly file: string }) =>
    save(target, question, file),
  closeConnections,
  /** Writes the initial events of a watch to a file. Returns their size. */
  async saveInitialEvents({ target, question, lines, file }: InitialEvents): Promise<number> {
    const events = await initialEvents(target, question, lines);
    writeFileSync(file, events);
    return events.length;
  },
  /** Opens a group of watches. Returns its number. */
  async openWatches(watches: Watches): Promise<number> {
    return groups.push(await OpenWatches.open(watches)) - 1;
  },
  /** Resolves with the time of the last receipt of each event, when a group has received a number of events. */
  received: ({ watches, events }: { readonly watches: number; readonly events: number }) =>
    group(watches).received(events),
  /** Returns the first events that a watch of the group received. */
  events: ({ watches, count }: { readonly watches: number; readonly count: number }): readonly Uint8Array[] =>
    group(watches).events(count),
  closeWatches: (watches: number) => group(watches).close(),
};

export type LoadFunctions = typeof functions;
provide(functions);
