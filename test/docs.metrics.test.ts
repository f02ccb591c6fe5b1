/** docs/metrics.md has a row for each metric of the registry, with its type and its help text. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { apiServer } from '../src/server/api-server.ts';
import { fakeInformer, pod } from '../src/testing/informers/index.ts';
import { parsePrometheusText } from './support/prometheus-text.ts';
import { podSummaries } from './support/test-server.ts';

describe('docs/metrics.md', () => {
  it('has exactly the metrics of the registry, with their types and help texts', async () => {
    const server = apiServer({
      apis: [{ group: 'example.com', version: 'v1', resources: [podSummaries(fakeInformer(pod('shop/web')))] }],
      authentication: 'insecure-dev',
    });
    const rows = [...parsePrometheusText(await server.metrics()).values()]
      .filter(({ name }) => !/^(?:nodejs|process)_/.test(name))
      .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
    const page = readFileSync(resolve(import.meta.dirname, '../docs/metrics.md'), 'utf8');
    expect(page.match(/^\| `\w+` \| (?:counter|gauge|histogram) \| .* \|$/gm)).to.have.members(rows);
  });
});
