/** docs/troubleshooting.md quotes texts of the server, metrics, checks and alerts that exist. Each section names at least one of them. */
import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The texts of other programs, and those of the server that consist of values. */
const OTHERS = [
  /^(?:kubectl|kubefacet|curl|export|identity\()/,
  /^x509: |connection refused$|^the server doesn't have a resource type$/,
  /^(?:not synced, )?not allowed: pods is forbidden$/,
  /^refused the (?:TokenReview|SubjectAccessReview) with 403$/,
  /^User "…" cannot get path "\/metrics"$/,
  /^GET \/apis\/… \(request …\) failed$/,
];

const words = (text: string): string[] => text.match(/[\w-]+/g) ?? [];
const metrics = new Set(Array.from(textOf('docs/metrics.md').matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name));
const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => textOf(file));
/** The words of all sources, without the breaks of texts that are longer than a line. */
const code = ` ${words(sources.join('\n').replaceAll(/' \+\n\s*'/g, '')).join(' ')} `;
const sections = textOf('docs/troubleshooting.md')
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const text = lines.join('\n').replaceAll(/```[\s\S]*?```/g, '');
    return { title, spans: Array.from(text.matchAll(/`([^`]+)`/g), ([, span = '']) => span.replaceAll(/\s+/g, ' ')) };
  });

const isMetric = (span: string): boolean =>
  /^(?:kubefacet|apiserver|authenti|authori|kubernetes|nodejs)\w*_\w+$/.test(span);

/** Whether three words in a row are in the sources. Values such as names are between the words of a text. */
function isInCode(span: string): boolean {
  const all = words(span);
  return all.some((_, index) => index + 3 <= all.length && code.includes(` ${all.slice(index, index + 3).join(' ')} `));
}

describe('docs/troubleshooting.md', () => {
  for (const { title, spans } of sections) {
    it(`"${title}" quotes texts, metrics and alerts that exist`, () => {
      const texts = spans.filter((span) => span.split(' ').length >= 3 && !OTHERS.some((other) => other.test(span)));
      expect(texts.filter((span) => !isInCode(span))).to.deep.equal([]);
      const named = spans.filter(isMetric).filter((name) => !name.startsWith('nodejs_'));
      expect(named.filter((name) => !metrics.has(name))).to.deep.equal([]);
      const alerts = spans.filter((span) => /^Kubefacet[A-Z]\w+$/.test(span));
      const known = textOf('docs/operations/alerts.yaml');
      expect(alerts.filter((alert) => !known.includes(`alert: ${alert}\n`))).to.deep.equal([]);
      expect(spans.length, 'quotes').to.be.above(0);
    });
  }

  it('names checks of kubefacet doctor that exist', () => {
    const page = textOf('docs/troubleshooting.md').replaceAll(/\s+/g, ' ');
    const checks = Array.from(page.matchAll(/check `([^`]+)` of `kubefacet doctor`/g), ([, check]) => check);
    const rows = Array.from(
      textOf('docs/doctor.md').matchAll(/^\| ([^|]+) \| [^|]* \| [^|]* \|$/gm),
      ([, name]) => name,
    );
    expect(checks).to.not.be.empty;
    expect(checks.filter((check) => !rows.includes(check))).to.deep.equal([]);
  });
});
