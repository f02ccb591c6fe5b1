/**
 * Compiles snippets of documentation as a user of the package would, with the imports that the snippets leave out.
 *
 * The convention:
 * - A snippet is a sequence of complete statements. Top-level `await` is allowed. Its own declarations come first.
 * - It may use everything that the packages export, and everything that the file exports which it documents.
 * - It may use the names of `placeholders.ts`, which declares sample collections and helpers, with types but without values.
 * - `…` is allowed in comments and strings only. A body that does not matter is an empty block or a placeholder.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGES = ['informers', 'projections', 'server', 'stores', 'testing'];
const PLACEHOLDERS = 'test/docs/placeholders.ts';

/** A piece of TypeScript in a file of the repository. */
export interface Snippet {
  /** The path of the file, relative to the root. */
  readonly file: string;
  /** The line of the file on which the code begins. */
  readonly line: number;
  readonly code: string;
}

/** Returns the `@example` blocks of a source file. */
export function examplesOf(file: string, text: string = readFileSync(join(ROOT, file), 'utf8')): Snippet[] {
  const examples: { line: number; lines: string[] }[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const firstLine = text.slice(0, comment.index).split('\n').length;
    let current: string[] | undefined;
    for (const [offset, raw] of comment[0].split('\n').entries()) {
      const line = raw.replace(/^\s*(\/\*\*|\*\/|\*)? ?/, '').replace(/\s*\*\/$/, '');
      const [, tag, rest = ''] = /^@(\w+)\s*(.*)$/.exec(line) ?? [];
      if (tag === undefined) current?.push(line);
      else current = tag === 'example' ? [rest] : undefined;
      if (tag === 'example' && current !== undefined) examples.push({ line: firstLine + offset, lines: current });
    }
  }
  return examples.map(({ line, lines }) => ({ file, line, code: lines.join('\n') }));
}

/**
 * Compiles all snippets and returns the errors of each file, as `line: message`.
 *
 * The compiler does not check types while any file has a syntax error, so snippets with syntax errors are reported and left out of a
 * second run.
 */
export function compile(snippets: readonly Snippet[]): ReadonlyMap<string, readonly string[]> {
  const first = diagnosticsOf(snippets);
  const malformed = new Set(first.filter(({ message }) => message.startsWith('TS1')).map(({ snippet }) => snippet));
  const second = malformed.size === 0 ? [] : diagnosticsOf(snippets.filter((snippet) => !malformed.has(snippet)));
  const errors = new Map<string, string[]>();
  for (const { snippet, line, message } of [...first, ...second]) {
    const messages = errors.get(snippet.file) ?? [];
    messages.push(`${line}: ${message}`);
    errors.set(snippet.file, messages);
  }
  return errors;
}

interface Diagnostic {
  readonly snippet: Snippet;
  readonly line: number;
  readonly message: string;
}

/** @throws Error when the compiler reports an error outside of the snippets */
function diagnosticsOf(snippets: readonly Snippet[]): Diagnostic[] {
  const folder = mkdtempSync(join(tmpdir(), 'kubefacet-snippets-'));
  try {
    const programs = snippets.map((snippet) => ({ snippet, ...programOf(snippet) }));
    for (const [index, { text }] of programs.entries()) writeFileSync(join(folder, `snippet-${index}.ts`), text);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' });
    const diagnostics: Diagnostic[] = [];
    for (const [, index, line, message = ''] of stdout.matchAll(/^snippet-(\d+)\.ts\((\d+),\d+\): error (.*)$/gm)) {
      const program = programs[Number(index)];
      if (program === undefined) continue;
      const { snippet, header } = program;
      diagnostics.push({ snippet, line: snippet.line + Number(line) - 1 - header, message });
    }
    if (diagnostics.length === 0 && stdout !== '') throw new Error(stdout);
    return diagnostics;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
    rewriteRelativeImportExtensions: false,
    allowUnreachableCode: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
  },
  include: ['snippet-*.ts'],
};

/** Returns a module that holds the snippet in a function, and the number of lines before the snippet. */
function programOf({ file, code }: Snippet): { readonly text: string; readonly header: number } {
  const mentioned = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const imported = new Set<string>();
  const imports: string[] = [];
  for (const module of [
    ...(existsSync(join(ROOT, file)) ? [file] : []),
    PLACEHOLDERS,
    ...PACKAGES.map((name) => `src/${name}/index.ts`),
  ]) {
    const names = [...exportsOf(join(ROOT, module))].filter((name) => mentioned.has(name) && !imported.has(name));
    for (const name of names) imported.add(name);
    if (names.length > 0) imports.push(`import { ${names.join(', ')} } from '${join(ROOT, module)}';`);
  }
  const header = [...imports, 'export async function example(): Promise<void> {'];
  return { text: `${[...header, code].join('\n')}\n}\n`, header: header.length };
}

const exportsByPath = new Map<string, ReadonlySet<string>>();

/** Returns the names that a module exports, types included. */
function exportsOf(path: string): ReadonlySet<string> {
  const known = exportsByPath.get(path);
  if (known !== undefined) return known;
  const names = new Set<string>();
  exportsByPath.set(path, names);
  const text = readFileSync(path, 'utf8');
  const declarations =
    /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|interface|type|namespace|enum) (\w+)/gm;
  for (const [, name = ''] of text.matchAll(declarations)) names.add(name);
  for (const [, list = ''] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm))
    for (const entry of list.split(',')) {
      const name = entry.trim().split(/\s+/).at(-1);
      if (name !== undefined && name !== '') names.add(name);
    }
  for (const [, name = ''] of text.matchAll(/^export (?:type )?\* as (\w+) from/gm)) names.add(name);
  for (const [, target = ''] of text.matchAll(/^export (?:type )?\* from '(\.[^']+)'/gm))
    for (const name of exportsOf(resolve(dirname(path), target))) names.add(name);
  return names;
}
