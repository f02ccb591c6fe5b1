/**
 * Counters and histograms whose series are objects. A caller that keeps a series pays an addition for each value. The metrics of prom-client look
 * up the series by all labels for each value, which costs more than many of the steps of a request.
 * @module
 */
import { Counter, Histogram, type Registry } from 'prom-client';

/** The labels of one series. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** One series of a counter. */
export interface CounterSeries {
  value: number;
}

/** A counter. */
export class SeriesCounter {
  readonly #series: { readonly labels: SeriesLabels; readonly counter: CounterSeries }[] = [];

  constructor(registry: Registry, name: string, help: string, labelNames: readonly string[]) {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: () => {
        counter.reset();
        for (const series of this.#series) counter.inc({ ...series.labels }, series.counter.value);
      },
    });
  }

  /** Adds a series. Call it once for each combination of labels. */
  add(labels: SeriesLabels): CounterSeries {
    const counter: CounterSeries = { value: 0 };
    this.#series.push({ labels, counter });
    return counter;
  }
}

/** One series of a histogram. */
export class HistogramSeries {
  readonly labels: SeriesLabels;
  readonly #bounds: readonly number[];
  /** The number of values in each bucket, without those in smaller buckets. The last bucket has no bound. */
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(labels: SeriesLabels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#count += 1;
  }

  /** Returns the lines of the series, in the order of Prometheus. */
  lines(name: string): HistogramLine[] {
    const { labels: sharedLabels } = this;
    let sum = 0;
    const buckets = this.#bounds.map((le, bucket): HistogramLine => {
      sum += this.#counts[bucket] ?? 0;
      return { labels: { le }, sharedLabels, value: sum, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { le: '+Inf' }, sharedLabels, value: this.#count, metricName: `${name}_bucket` },
      { labels: {}, sharedLabels, value: this.#sum, metricName: `${name}_sum` },
      { labels: {}, sharedLabels, value: this.#count, metricName: `${name}_count` },
    ];
  }
}

interface HistogramLine {
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: SeriesLabels;
  readonly value: number;
  readonly metricName: string;
}

/** A histogram. A registry reads it as one of prom-client. */
export class SeriesHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series: HistogramSeries[] = [];

  constructor(
    registry: Registry,
    {
      name,
      help,
      labelNames,
      buckets,
    }: {
      readonly name: string;
      readonly help: string;
      readonly labelNames: readonly string[];
      readonly buckets: readonly number[];
    },
  ) {
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] });
    this.#name = name;
    this.#help = help;
    this.#bounds = buckets;
  }

  /** Adds a series. Call it once for each combination of labels. */
  add(labels: SeriesLabels): HistogramSeries {
    const series = new HistogramSeries(labels, this.#bounds);
    this.#series.push(series);
    return series;
  }

  /** Returns the values for a registry. It overrides a method that is missing in the types of prom-client, which `get()` calls, too. */
  getForPromString(): object {
    const values = this.#series.flatMap((series) => series.lines(this.#name));
    return { name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }
}
