/**
 * The dashboard and the alerts of docs/operations/ fit the metrics of a running server, and each alert leads to a section of
 * docs/troubleshooting.md. `promtool` checks the grammar of PromQL where it is installed, or where `PROMTOOL` names it.
 */
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { informerFactory } from '../src/informers/informer-factory.ts';
import type { V1Pod } from '../src/informers/wire-type.ts';
import type { ConfigMapLike } from '../src/server/access/authentication-config.ts';
import { configMap, FakeClock, fakeInformer, fakeListWatch, pod } from '../src/testing/informers/index.ts';
import { testCertificate } from './support/certificates.ts';
import { Http2Client, requestOnce } from './support/https-client.ts';
import { parsePrometheusText } from './support/prometheus-text.ts';
import { namesOf } from './support/promql.ts';
import { BASE, podSummaries, TestServer, until } from './support/test-server.ts';

const FOLDER = resolve(import.meta.dirname, '../docs/operations');
const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';
/** The labels that Prometheus adds. */
const TARGET_LABELS: ReadonlySet<string> = new Set(['job', 'instance']);
const ANCHOR = /^docs\/troubleshooting\.md#(.+)$/;

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const groups = (parse(read('alerts.yaml')) as { groups: { rules: Alert[] }[] }).groups;
const alerts = groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
const plain = (expression: string): string => expression.replaceAll('$__rate_interval', '5m');

describe('docs/operations/', () => {
  /** The labels of each series, by its name: `x_bucket` too. */
  let series: Map<string, Set<string>>;

  before(async () => {
    series = await seriesOfServer();
  });

  /** Returns the names in an expression that no series of the server has. */
  function missingNames(expression: string): string[] {
    const { selectors, grouping } = namesOf(expression);
    const known = new Set(selectors.flatMap(({ metric }) => [...(series.get(metric) ?? [])]));
    return [
      ...selectors.flatMap(({ metric, labels }) => {
        const has = series.get(metric);
        if (has === undefined) return [metric];
        return labels
          .filter((label) => !has.has(label) && !TARGET_LABELS.has(label))
          .map((label) => `${metric}{${label}}`);
      }),
      ...grouping.filter((label) => !known.has(label) && !TARGET_LABELS.has(label)),
    ];
  }

  /** Returns the labels in a text, such as {{ $labels.source }}, that the expression does not leave. */
  function missingLabels(text: string, pattern: RegExp, expression: string): string[] {
    const { selectors, grouping } = namesOf(expression);
    const isGrouped = /\b(?:by|without) ?\(/.test(expression);
    const left = isGrouped ? grouping : selectors.flatMap(({ metric }) => [...(series.get(metric) ?? [])]);
    return Array.from(text.matchAll(pattern), ([, label = '']) => label).filter(
      (label) => !left.includes(label) && (isGrouped || !TARGET_LABELS.has(label)),
    );
  }

  for (const { alert, expr, labels, annotations } of alerts) {
    it(`${alert} uses metrics and labels that a server has, and leads to a section of the page for troubleshooting`, () => {
      expect(missingNames(expr)).to.deep.equal([]);
      const { summary, description, runbook_url: runbook } = annotations;
      expect(missingLabels(`${summary} ${description}`, /\$labels\.(\w+)/g, expr)).to.deep.equal([]);
      expect(labels.severity).to.be.oneOf(['critical', 'warning', 'info']);
      expect([summary, description].every((text) => text.length > 20)).to.equal(true);
      const [, anchor = ''] = ANCHOR.exec(runbook) ?? [];
      expect(anchorsOf(readFileSync(join(FOLDER, '../troubleshooting.md'), 'utf8'))).to.include(anchor);
    });
  }

  for (const { title, expr, legendFormat } of queries) {
    it(`the panel "${title}" (${legendFormat}) uses metrics and labels that a server has`, () => {
      expect(missingNames(plain(expr))).to.deep.equal([]);
      expect(missingLabels(legendFormat, /\{\{(\w+)\}\}/g, plain(expr))).to.deep.equal([]);
    });
  }

  it('the dashboard uses only its own variables, and its panels do not overlap', () => {
    const { panels, templating } = dashboard;
    const variables = templating.list.map(({ name }) => name);
    const used = new Set(Array.from(JSON.stringify(dashboard).matchAll(/\$\{?(\w+)\}?/g), ([, name]) => name));
    expect([...used].filter((name) => name?.startsWith('__') !== true)).to.have.members(variables);
    for (const { name, query } of templating.list.slice(1)) {
      const [, metric = '', label] = /label_values\((.+), (\w+)\)/.exec(JSON.stringify(query)) ?? [];
      expect([name, missingNames(metric.replaceAll('\\"', '"'))]).to.deep.equal([name, []]);
      expect(label).to.equal(name);
    }
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).to.equal(true);
    const sources = panels.filter(({ type }) => type !== 'row').map(({ datasource }) => datasource);
    expect(
      sources.every((source) => JSON.stringify(source) === '{"type":"prometheus","uid":"${datasource}"}'),
    ).to.equal(true);
  });

  it('all expressions are PromQL for promtool', function () {
    if (spawnSync(PROMTOOL, ['--version']).error !== undefined) {
      console.log('      skipped: no promtool on this machine (Debian: the package prometheus)');
      return this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-promtool-'));
    const rules = queries.map(({ expr }, index) => ({ record: `dashboard:${index}`, expr: plain(expr) }));
    writeFileSync(join(folder, 'dashboard.yaml'), stringify({ groups: [{ name: 'dashboard', rules }] }));
    const files = [join(FOLDER, 'alerts.yaml'), join(folder, 'dashboard.yaml')];
    const output = execFileSync(PROMTOOL, ['check', 'rules', ...files], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(output).to.contain(`${alerts.length} rules found`).and.to.contain(`${queries.length} rules found`);
  });
});

/** Returns the labels of all series of a server after requests of many kinds. */
async function seriesOfServer(): Promise<Map<string, Set<string>>> {
  const ca = await testCertificate({ name: 'ca', ca: true });
  const lists = fakeListWatch<V1Pod>(pod('shop/web'));
  lists.watchList = 'refused';
  const clock = new FakeClock();
  const pods = informerFactory({ clock, random: () => 0.5, listWatch: () => lists as never }).pods;
  const maps = fakeInformer<ConfigMapLike>({
    ...configMap('kube-system/extension-apiserver-authentication'),
    data: { 'client-ca-file': ca.cert },
  });
  const test = await TestServer.listening({
    clock,
    authentication: 'delegated',
    authorization: 'delegated',
    informers: {
      of: () => maps,
      review: async (_resource: unknown, review: object) => {
        const status = 'kind' in review && review.kind === 'TokenReview' ? {} : { allowed: true };
        return { type: 'done', object: { ...review, status } };
      },
    },
    resources: [podSummaries(pods as never)],
  });
  await until(() => test.server.counts().ready);
  const headers = { authorization: 'Bearer invalid' };
  await requestOnce(`${BASE}/podsummaries`, { ...test.client, headers });
  await test.get(`${BASE}/podsummaries`);
  const http2 = new Http2Client(test.client);
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const stream = http2.watch(`${BASE}/podsummaries?${query}`);
  for (let event = 0; event < 2; event += 1) await stream.next();
  const metrics = parsePrometheusText(await test.server.metrics());
  stream.cancel();
  http2.close();
  await test.close();
  const series = new Map<string, Set<string>>();
  for (const { name, type, samples } of metrics.values()) {
    series.set(name, new Set(samples.flatMap(({ labels }) => Object.keys(labels))));
    if (type !== 'histogram') continue;
    for (const end of ['_bucket', '_sum', '_count']) {
      const own = samples.filter((sample) => sample.name === name + end);
      series.set(name + end, new Set(own.flatMap(({ labels }) => Object.keys(labels))));
    }
  }
  return series;
}

/** Returns the anchors of the headings of a page, as Markdown renderers make them. */
function anchorsOf(page: string): string[] {
  return Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
