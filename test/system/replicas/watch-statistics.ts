/** Counts what the watchers of one view experience. */

/** The maximum number of violations that are kept. */
const MAX_VIOLATIONS = 20;

export class WatchStatistics {
  events = 0;
  /** Complete states after the first one of each watcher. */
  relists = 0;
  /** Rows of relists that were older than the rows known before. */
  olderRows = 0;
  /** Requests that were sent, and got no response. */
  lostRequests = 0;
  /** Requests that were not sent, because their connection could not be established or was about to end. */
  unsentRequests = 0;
  readonly violations: string[] = [];
  #watches = 0;
  #ended = 0;
  #cut = 0;
  readonly #refused = new Map<string, number>();
  /** The times between the end of a watch and the start of the next one of the same watcher, in milliseconds. */
  readonly #pauses: number[] = [];

  /** The number of watches that the server has ended with a complete response. */
  get ended(): number {
    return this.#ended;
  }

  /** The number of watches that broke. */
  get cut(): number {
    return this.#cut;
  }

  /** @param pause the time since the last watch of the watcher ended */
  opened(pause: number | undefined): void {
    this.#watches += 1;
    if (pause !== undefined) this.#pauses.push(pause);
  }

  watchEnded(complete: boolean): void {
    if (complete) this.#ended += 1;
    else this.#cut += 1;
  }

  listed({ isFirst, older }: { readonly isFirst: boolean; readonly older: number }): void {
    this.olderRows += older;
    if (!isFirst) this.relists += 1;
  }

  /** Counts a response with an error, or an ERROR event. */
  refused(status: number, where: 'response' | 'event'): void {
    const kind = where === 'event' ? `ERROR ${status}` : String(status);
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1);
  }

  violation(what: string): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(what);
  }

  /** The number of responses with a status, or of events such as `ERROR 410`. */
  refusals(kind: string): number {
    return this.#refused.get(kind) ?? 0;
  }

  /** The counts as text. */
  summary(): string {
    const pauses = this.#pauses.toSorted((a, b) => a - b);
    const at = (share: number): string => `${Math.round(pauses[Math.floor((pauses.length - 1) * share)] ?? 0)} ms`;
    const refused = Array.from(this.#refused, ([kind, count]) => `${count} × ${kind}`);
    return [
      `${this.events} events`,
      `${this.#watches} watches (${this.#cut} cut, ${this.#ended} ended by the server)`,
      `${this.relists} relists (${this.olderRows} rows older than before)`,
      `refused: ${refused.join(', ') || 'none'}`,
      `${this.lostRequests} requests without a response, ${this.unsentRequests} not sent`,
      `time without a watch: ${at(0.5)} median, ${at(0.99)} p99, ${at(1)} maximum`,
    ].join('; ');
  }
}
