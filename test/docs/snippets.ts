/**
 * Compiles snippets of documentation as a user of the package would, with the imports that the snippets leave out.
 *
 * The convention:
 * - A snippet is a sequence of complete statements. Top-level `await` is allowed. Its own declarations hide imported names.
 * - It may import from the packages, from libraries, and from files in `examples` (as `./NAME.ts`).
 * - It may use everything that the packages export, and everything that the file exports which it documents.
 * - It may use the names of `placeholders.ts`, which declares sample collections and helpers, with types but without values.
 * - A block that only shows the parameters of a function has the info string `ts signature`, and is not compiled.
 * - `…` is allowed in comments and strings only. A body that does not matter is an empty block or a placeholder.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGES = ['informers', 'projections', 'server', 'stores', 'testing'];
/** The part of the main package that no other package has. */
const DEFINITION = 'src/definition/definition.ts';
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
 * Returns the blocks of TypeScript in a page. Blocks that show an example file are left out, because another test compares them with the
 * file. So are blocks with the info string `ts signature`, which show the parameters of a function.
 */
export function blocksOf(page: string, text: string = readFileSync(join(ROOT, page), 'utf8')): Snippet[] {
  return [...text.matchAll(/(<!-- \S+ -->\n+)?```ts\n([\s\S]*?)```/g)].flatMap(({ 1: example, 2: code = '', index }) =>
    example === undefined ? [{ file: page, line: text.slice(0, index).split('\n').length + 1, code }] : [],
  );
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
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
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
    types: ['node', 'mocha'],
    paths: { '*': [join(ROOT, 'node_modules/@types/*'), join(ROOT, 'node_modules/*')] },
  },
  include: ['snippet-*.ts'],
};

/**
 * Returns the module of a snippet, and the number of lines that it adds before the snippet. The snippet becomes the body of a function,
 * so that its declarations hide imported names. A snippet with imports or exports is a module already.
 */
function programOf({ file, code }: Snippet): { readonly text: string; readonly header: number } {
  const isModule = /^(?:import|export) /m.test(code);
  const known = new Set(isModule ? declaredNames(code) : []);
  const mentioned = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const imports: string[] = [];
  const documented = file.endsWith('.ts') && existsSync(join(ROOT, file)) ? [file] : [];
  for (const module of [...documented, PLACEHOLDERS, DEFINITION, ...PACKAGES.map((name) => `src/${name}/index.ts`)]) {
    const names = [...exportsOf(join(ROOT, module))].filter((name) => mentioned.has(name) && !known.has(name));
    for (const name of names) known.add(name);
    if (names.length > 0) imports.push(`import { ${names.join(', ')} } from '${join(ROOT, module)}';`);
  }
  if (isModule) return { text: [...imports, withPaths(code), 'export {};'].join('\n'), header: imports.length };
  const header = [...imports, 'export async function example(): Promise<void> {'];
  return { text: `${[...header, code].join('\n')}\n}\n`, header: header.length };
}

/** Returns the names that a module imports or declares at its top level. */
function* declaredNames(code: string): Iterable<string> {
  for (const [, list = ''] of code.matchAll(/^import (?:type )?\{([^}]*)\}/gm))
    for (const entry of list.split(',')) yield entry.trim().split(/\s+/).at(-1) ?? '';
  for (const [, name = ''] of code.matchAll(/^import (?:type )?(?:\* as )?(\w+) from/gm)) yield name;
  const declarations =
    /^(?:export |declare |async )*(?:function\*?|const|let|class|interface|type|await using|using) (\w+)/gm;
  for (const [, name = ''] of code.matchAll(declarations)) yield name;
}

/** Resolves imports of the packages to their sources, and relative imports to the examples. */
function withPaths(code: string): string {
  return code
    .replaceAll(/ from 'kubefacet'/g, () => ` from '${join(ROOT, 'src/index.ts')}'`)
    .replaceAll(/ from 'kubefacet\/(\w+)'/g, (_, name: string) => ` from '${join(ROOT, `src/${name}/index.ts`)}'`)
    .replaceAll(/ from '\.\/([\w-]+\.ts)'/g, (_, name: string) => ` from '${join(ROOT, 'examples', name)}'`);
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
