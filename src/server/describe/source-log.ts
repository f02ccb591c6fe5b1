/**
 * Logs when sources of a server begin to fail, become stale, and work again.
 *
 * ```
 *   quiet ──the status of a source changes──► waiting ──1 s, and 10 s after the last report──► report ──► quiet
 * ```
 * A report contains one line for each cause, with all sources that it concerns. A source that fails and recovers before the report is not in
 * it. A retry that fails again, or a message with other numbers, is no change. The log needs no timer while all sources work.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import type { CollectionNode } from '../../informers/collection/collection-node.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import type { Logger } from '../logger.ts';
import { isStale } from '../read/freshness.ts';

/** Options of a {@link SourceLog}. */
export interface SourceLogOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** The age in milliseconds at which a source is stale. */
  readonly staleAfter: number;
}

/** The time in which changes are gathered. A lost connection is often replaced earlier. */
const GATHER_MS = 1000;
/** The minimum time between two reports. */
const INTERVAL_MS = 10_000;
/** The maximum number of sources that a line names, and of different messages in it. */
const MAX_NAMES = 20;
const MAX_MESSAGES = 3;

/** The facts about a source that were logged last. */
interface Logged {
  readonly cause: string;
  /** Whether its requests fail. Without failures, the source works with a restriction: it is polled, or it omits objects. */
  readonly isFailing: boolean;
  /** The restriction that was logged before its requests failed. */
  readonly restriction: string | undefined;
  /** The time at which the problem began. */
  readonly since: number;
  readonly isStale: boolean;
  /** The highest number of failed requests that was seen. */
  failures: number;
  /** The time of its last change of status. */
  changedAt: number;
}

/** The changes of one report. */
interface Report {
  /** The sources with a new problem, by cause. */
  readonly begun: Map<string, SourceStatus[]>;
  readonly stale: SourceStatus[];
  readonly ended: { readonly status: SourceStatus; readonly logged: Logged }[];
}

/** Logs the changes of the problems of sources, until its end. */
export class SourceLog {
  readonly #nodes: readonly CollectionNode<unknown>[];
  readonly #options: SourceLogOptions;
  readonly #removals: readonly (() => void)[];
  /** The problems that were logged, by source. Without an entry, the source works as far as the log says. */
  readonly #logged = new Map<CollectionNode<unknown>, Logged>();
  #cancel: Cancel | undefined;
  #lastReport = Number.NEGATIVE_INFINITY;

  constructor(nodes: readonly CollectionNode<unknown>[], options: SourceLogOptions) {
    this.#nodes = nodes;
    this.#options = options;
    this.#removals = nodes.map((node) => node.onStatus(() => this.#changed(node)));
    for (const node of nodes) this.#changed(node);
  }

  end(): void {
    for (const remove of this.#removals) remove();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #changed(node: CollectionNode<unknown>): void {
    const now = this.#options.clock.now();
    const logged = this.#logged.get(node);
    const status = statusOf(node);
    if (logged !== undefined) {
      logged.failures = Math.max(logged.failures, status?.failures ?? 0);
      logged.changedAt = now;
    }
    if (this.#cancel !== undefined || !this.#isNews(logged, status, now)) return;
    const delay = Math.max(GATHER_MS, this.#lastReport + INTERVAL_MS - now);
    this.#cancel = this.#options.clock.schedule(delay, () => this.#report());
  }

  #isNews(logged: Logged | undefined, status: SourceStatus | undefined, now: number): boolean {
    if (status?.cause !== logged?.cause) return true;
    return logged?.isStale === false && status !== undefined && isStale(status, now, this.#options.staleAfter);
  }

  #report(): void {
    this.#cancel = undefined;
    const { log, clock } = this.#options;
    const now = clock.now();
    const report: Report = { begun: new Map(), stale: [], ended: [] };
    for (const node of this.#nodes) this.#add(node, report, now);
    const { begun, stale, ended } = report;
    if (begun.size + stale.length + ended.length > 0) this.#lastReport = now;
    for (const statuses of begun.values()) log.warn(textOfProblem(statuses));
    if (stale.length > 0) log.warn(textOfStale(stale, now));
    if (ended.length > 0) log.info(textOfEnd(ended));
  }

  /** Adds the changes of one source to a report. */
  #add(node: CollectionNode<unknown>, { begun, stale, ended }: Report, now: number): void {
    const [logged, status] = [this.#logged.get(node), statusOf(node)];
    if (status === undefined || !this.#isNews(logged, status, now)) return;
    const { cause, failures = 0, failingSince } = status;
    const isFailing = failingSince !== undefined;
    const hasEnded = logged !== undefined && (cause === undefined || (logged.isFailing && !isFailing));
    if (hasEnded) ended.push({ status, logged });
    if (cause === undefined) {
      this.#logged.delete(node);
      return;
    }
    if (cause !== logged?.cause && !(hasEnded && cause === logged?.restriction))
      begun.set(cause, [...(begun.get(cause) ?? []), status]);
    const hasAged = isStale(status, now, this.#options.staleAfter);
    const before = hasEnded || logged?.isFailing !== isFailing ? undefined : logged;
    if (hasAged && status.hasSynced && before?.isStale !== true) stale.push(status);
    this.#logged.set(node, {
      cause,
      isFailing,
      restriction: logged?.isFailing === false ? logged.cause : logged?.restriction,
      since: before?.since ?? failingSince ?? now,
      isStale: hasAged || before?.isStale === true,
      failures,
      changedAt: now,
    });
  }
}

/** A source node has one status. It has none if it is the source of a dry run. */
function statusOf(node: CollectionNode<unknown>): SourceStatus | undefined {
  return node.sources()[0];
}

/** The message of a lost connection is equal for all sources of a cluster. Other messages name their resource. */
function textOfProblem(statuses: readonly SourceStatus[]): string {
  const messages = Array.from(new Set(statuses.map(({ message = 'unknown' }) => message)));
  const subject = subjectOf(
    statuses,
    'has a problem',
    messages.length === 1 ? 'have the same problem' : 'have problems of the same kind',
  );
  const others = messages.length > MAX_MESSAGES ? `; and ${messages.length - MAX_MESSAGES} other messages` : '';
  return `${subject}: ${messages.slice(0, MAX_MESSAGES).join('; ')}${others}`;
}

function textOfStale(statuses: readonly SourceStatus[], now: number): string {
  const heard = statuses.flatMap(({ lastActivity }) => lastActivity ?? []);
  const age = Math.round((now - Math.min(...heard)) / 1000);
  return `${subjectOf(statuses, 'is stale', 'are stale')}: nothing has arrived for ${age} s, and rows show the state before that`;
}

function textOfEnd(ended: Report['ended']): string {
  const subject = subjectOf(
    ended.map(({ status }) => status),
    'works again',
    'work again',
  );
  const seconds = Math.round(Math.max(...ended.map(({ logged: { since, changedAt } }) => changedAt - since)) / 1000);
  const failures = ended.reduce((sum, { logged }) => sum + logged.failures, 0);
  const requests = failures === 1 ? 'request' : 'requests';
  return `${subject}, after ${seconds} s${failures === 0 ? '' : ` and ${failures} failed ${requests}`}`;
}

/** Returns `source pods works again`, or `2 sources work again (pods, nodes)`. */
function subjectOf(statuses: readonly SourceStatus[], one: string, many: string): string {
  const [first] = statuses;
  if (statuses.length === 1 && first !== undefined) return `source ${first.name} ${one}`;
  const names = statuses.slice(0, MAX_NAMES).map(({ name }) => name);
  const others = statuses.length > MAX_NAMES ? `, and ${statuses.length - MAX_NAMES} more` : '';
  return `${statuses.length} sources ${many} (${names.join(', ')}${others})`;
}
