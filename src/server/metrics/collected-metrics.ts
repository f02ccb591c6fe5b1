/**
 * Metrics whose values are read from the counters of the server when Prometheus scrapes it. Nothing is kept for them between two scrapes.
 * @module
 */
import { Counter, Gauge, type Registry } from 'prom-client';

/** One series: the values of the labels in their order, and the value. */
export type Sample = readonly [labels: readonly string[], value: number];

/** Name, help text and labels of a metric. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  /** @default none */
  readonly labels?: readonly string[] | undefined;
}

/** The maximum number of characters of the value of a label. Names of steps contain the names of all steps before them. */
const MAX_LABEL = 200;

/**
 * Adds a counter to a registry.
 * @param samples returns all series. Series with equal labels are added together
 */
export function collectCounter(registry: Registry, family: MetricFamily, samples: () => Iterable<Sample>): void {
  const { name, help, labels = [] } = family;
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const [values, value] of samples()) counter.inc(labelled(labels, values), value);
    },
  });
}

/**
 * Adds a gauge to a registry.
 * @param samples returns all series. Series with equal labels are added together
 */
export function collectGauge(registry: Registry, family: MetricFamily, samples: () => Iterable<Sample>): void {
  const { name, help, labels = [] } = family;
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const [values, value] of samples()) gauge.inc(labelled(labels, values), value);
    },
  });
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, shortened(values[index] ?? '')]));
}

function shortened(text: string): string {
  return text.length <= MAX_LABEL ? text : `…${text.slice(1 - MAX_LABEL)}`;
}
