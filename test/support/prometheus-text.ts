/** A strict parser of the text format of Prometheus, version 0.0.4. It rejects what a Prometheus server or `promtool` rejects. */

/** One line with a value. */
export interface PrometheusSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its samples. */
export interface PrometheusMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly PrometheusSample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** Returns all metrics by name. @throws Error for a text that breaks the format, and for duplicates */
export function parsePrometheusText(text: string): Map<string, PrometheusMetric> {
  const metrics = new Map<string, PrometheusMetric & { samples: PrometheusSample[] }>();
  const seen = new Set<string>();
  let current: (PrometheusMetric & { samples: PrometheusSample[] }) | undefined;
  let help: readonly [name: string, text: string] | undefined;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') {
        help = [name, rest];
        continue;
      }
      if (metrics.has(name)) throw new Error(`${name} occurs twice`);
      if (help?.[0] !== name) throw new Error(`${name} has no help text`);
      current = { name, help: help[1], type: rest, samples: [] };
      metrics.set(name, current);
      continue;
    }
    const found = SAMPLE.exec(line);
    if (found === null) throw new Error(`this line is no sample: ${line}`);
    const [, name = '', labels = '', value = ''] = found;
    if (current === undefined || !namesOf(current).includes(name)) throw new Error(`${name} has no TYPE before it`);
    const sample = { name, labels: parseLabels(labels), value: numberOf(value) };
    const series = JSON.stringify([name, Object.entries(sample.labels).toSorted()]);
    if (seen.has(series)) throw new Error(`the series occurs twice: ${line}`);
    seen.add(series);
    current.samples.push(sample);
  }
  for (const metric of metrics.values()) check(metric);
  return metrics;
}

/** Returns the value of a series: of the sample whose labels contain these. @throws Error if not exactly one does */
export function valueOf(
  metrics: ReadonlyMap<string, PrometheusMetric>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const all = [...metrics.values()].flatMap(({ samples }) => samples).filter((sample) => sample.name === name);
  const found = all.filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  const [one] = found;
  if (found.length !== 1 || one === undefined) {
    throw new Error(
      `${found.length} series of ${name} have the labels ${JSON.stringify(labels)}: ${JSON.stringify(all)}`,
    );
  }
  return one.value;
}

function namesOf({ name, type }: PrometheusMetric): string[] {
  return type === 'histogram' || type === 'summary'
    ? ['_bucket', '_sum', '_count', ''].map((end) => name + end)
    : [name];
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`these are no labels: ${text.slice(at)}`);
    const [, name = '', value = ''] = found;
    if (name in labels) throw new Error(`the label ${name} occurs twice: ${text}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return labels;
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  const number = Number(text);
  if (Number.isNaN(number) && text !== 'Nan' && text !== 'NaN') throw new Error(`${text} is no number`);
  return number;
}

function check({ name, type, samples }: PrometheusMetric): void {
  if (!['counter', 'gauge', 'histogram', 'summary'].includes(type)) throw new Error(`${name} has the type ${type}`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is negative`);
  if (type !== 'histogram') return;
  const last = new Map<string, PrometheusSample>();
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const { le: _, ...others } = sample.labels;
    const series = JSON.stringify(Object.entries(others).toSorted());
    const before = last.get(series);
    if (before !== undefined && before.value > sample.value) throw new Error(`the buckets of ${name} decrease`);
    last.set(series, sample);
  }
  for (const [series, { labels, value }] of last) {
    const count = samples.find(
      (one) => one.name === `${name}_count` && JSON.stringify(Object.entries(one.labels).toSorted()) === series,
    );
    if (labels['le'] !== '+Inf' || count?.value !== value)
      throw new Error(`the last bucket of ${name} is not its count`);
  }
}
