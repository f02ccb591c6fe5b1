/**
 * Writes the plots of results into docs/performance.
 *
 * usage: bench/plots RESULT…
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plotsOf } from './report/plots.ts';
import type { Results } from './report/results.ts';

const FOLDER = resolve(import.meta.dirname, '../docs/performance');

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: bench/plots RESULT…');
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });
for (const { file, content } of plotsOf(
  files.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Results).parts),
)) {
  writeFileSync(join(FOLDER, file), content);
  console.log(join(FOLDER, file));
}
