/**
 * Type-checks the package as its users do. The package is packed and unpacked into an empty project with its dependencies only. The
 * compiler then checks the first programs of the documentation and all entries, including the declarations of libraries. A program then
 * writes to an SQLite store, whose thread is a separate file of the package. Run it after a build. It needs no network.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installPackage, manifestOf } from './installed-package.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The programs by file name. Each is the first block of TypeScript of a page, or an example that a page shows. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'pending-pods.ts': 'docs/start.md',
  'pending-pod-resource.ts': 'examples/pending-pod-resource.ts',
  'pod-zones.ts': 'examples/pod-zones.ts',
  'pod-zone-resource.ts': 'examples/pod-zone-resource.ts',
  'server.ts': 'docs/your-own-server.md',
  'raw-endpoint.ts': 'docs/raw-endpoints.md',
};

/** Writes to an SQLite store and reads from it after a restart. */
const STORE_PROGRAM = `
import { sqliteStore } from 'kubefacet/stores';
const signal = new AbortController().signal;
for (let start = 0; start < 2; start += 1) {
  const store = sqliteStore({ path: 'tasks.db' });
  const tasks = store.open({ group: 'example.com', resource: 'tasks' });
  const object = { apiVersion: 'example.com/v1', kind: 'Task', metadata: { name: 'a' } };
  if (start === 0) await tasks.create(object, signal);
  else if ((await tasks.read('a', signal)) === undefined) throw new Error('the store has lost its object');
  await store.close();
}
`;

/** A minimal and strict configuration. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    // Dependencies are links into this project. Without this option they would find its development dependencies.
    preserveSymlinks: true,
  },
};

const project = mkdtempSync(join(tmpdir(), 'kubefacet-consumer-'));
try {
  const installed = installPackage(ROOT, project);
  for (const [program, page] of Object.entries(PROGRAMS)) writeFileSync(join(project, program), programOf(page));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  writeFileSync(join(project, 'every-entry.ts'), everyEntry(installed));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const { status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project, stdio: 'inherit' });
  if (status === 0) console.log(`The package type-checks with ${Object.values(PROGRAMS).join(', ')}`);
  writeFileSync(join(project, 'store.mjs'), STORE_PROGRAM);
  const stored = spawnSync(process.execPath, ['store.mjs'], { cwd: project, stdio: 'inherit' });
  if (stored.status === 0) console.log('The thread of sqliteStore runs from the package');
  process.exitCode = status === 0 ? (stored.status ?? 1) : (status ?? 1);
} finally {
  rmSync(project, { recursive: true });
}

/** Returns a program that imports all entries of the package. */
function everyEntry(folder: string): string {
  const { name, exports = {} } = manifestOf(folder);
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
  return entries.map((entry, index) => `export * as entry${index} from '${name}${entry.slice(1)}';\n`).join('');
}

/** Returns the first block of TypeScript of a page, or the text of an example. */
function programOf(page: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  if (page.endsWith('.ts')) return text;
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  if (code === undefined) throw new Error(`${page} has no block of TypeScript`);
  return code;
}
