/**
 * The metrics of resources with `authorize: 'rows'`: the sets of namespaces that users may see, and the reviews that make them. They have no
 * names of users or namespaces.
 * @module
 */
import { exponentialBuckets, Histogram, type Registry } from 'prom-client';
import type { VisibleCounts } from '../access/visible-rows.ts';
import { collectCounter, collectGauge, type Sample } from './collected-metrics.ts';

/** From 10 ms to 40 s. A request waits for a second. */
const BUCKETS = exponentialBuckets(0.01, 2, 13);

/** Measures the visible sets of one server. */
export class VisibleMetrics {
  readonly #firstReview: Histogram;

  constructor(registry: Registry, counts: () => VisibleCounts) {
    this.#firstReview = new Histogram({
      name: 'kubefacet_visible_set_first_review_seconds',
      help: 'Time from the first request of a user until the namespaces are known that it may see.',
      buckets: BUCKETS,
      registers: [registry],
    });
    const gauge = (name: string, help: string, value: (counted: VisibleCounts) => number): void =>
      collectGauge(registry, { name, help }, () => [[[], value(counts())]]);
    gauge('kubefacet_visible_users', 'Users for whom the namespaces are kept that they may see.', ({ users }) => users);
    gauge(
      'kubefacet_visible_sets',
      'Kept sets of the namespaces that users may see. A user has one for list and one for watch, for resources with the same sources.',
      ({ sets }) => sets,
    );
    gauge(
      'kubefacet_visible_namespaces',
      'Namespaces in all kept sets. The set of a user who may see all namespaces has none.',
      ({ namespaces }) => namespaces,
    );
    gauge(
      'kubefacet_visible_reviews_waiting',
      'Reviews for sets that wait for their turn: at most 20 are sent at once, and 100 in a second.',
      ({ waitingReviews }) => waitingReviews,
    );
    const counter = (
      name: string,
      help: string,
      labels: string[],
      samples: (counted: VisibleCounts) => Sample[],
    ): void => collectCounter(registry, { name, help, labels }, () => samples(counts()));
    counter(
      'kubefacet_visible_reviews_total',
      'SubjectAccessReviews for sets: about one namespace, or about all.',
      [],
      ({ reviews }) => [[[], reviews]],
    );
    counter(
      'kubefacet_visible_sets_reviewed_total',
      'Reviews of whole sets, or of their new namespaces, by result: same, changed (watches end), failed.',
      ['result'],
      ({ reviewed }) => Object.entries(reviewed).map(([result, count]): Sample => [[result], count]),
    );
    counter(
      'kubefacet_visible_sets_forgotten_total',
      'Sets that were forgotten because there were too many sets or namespaces.',
      [],
      ({ forgotten }) => [[[], forgotten]],
    );
    counter(
      'kubefacet_visible_refused_total',
      'Lists and watches that got 503, by cause: unknown (the set was not known in time), too many (all sets are in use).',
      ['cause'],
      ({ unknown, tooMany }) => [
        [['unknown'], unknown],
        [['too many'], tooMany],
      ],
    );
  }

  /** Records that the set of a user is known for the first time. */
  known(seconds: number): void {
    this.#firstReview.observe(seconds);
  }
}
