/** The import rules between rooms (folders of `src`): the table of docs/contributors/architecture.md as data, in one long file. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

interface Room {
  /** A folder or file below the root. The longest match wins. */
  readonly path: string;
  /** Other rooms that it may import. */
  readonly rooms: readonly string[];
  /** Packages that it may import. `node` allows all modules of node. */
  readonly packages: readonly string[];
  /** Packages from which it may import types only. */
  readonly types?: readonly string[];
}

/** Small files outside rooms. Every room may import them, and each of them may import the files above it in this list. */
const FOUNDATION: readonly Room[] = [
  { path: 'src/abort.ts', rooms: [], packages: [] },
  { path: 'src/step.ts', rooms: [], packages: [] },
  { path: 'src/version.ts', rooms: [], packages: [] },
  { path: 'src/clock.ts', rooms: [], packages: [] },
  { path: 'src/unreachable.ts', rooms: [], packages: [] },
  { path: 'src/key.ts', rooms: [], packages: [] },
  { path: 'src/path-segment.ts', rooms: [], packages: [] },
  { path: 'src/control-characters.ts', rooms: [], packages: [] },
  { path: 'src/error-message.ts', rooms: [], packages: [] },
  { path: 'src/exact-json.ts', rooms: [], packages: [] },
  { path: 'src/dead-sessions.ts', rooms: [], packages: ['node'] },
  { path: 'src/labels', rooms: ['src/unreachable.ts'], packages: [] },
  { path: 'src/object-meta', rooms: ['src/unreachable.ts', 'src/path-segment.ts'], packages: [] },
];

/** The rooms below the server. Every folder of the server may import all of these. */
const BELOW_SERVER = [
  'src/server/wire',
  'src/stores',
  'src/projections',
  'src/informers/collection',
  'src/certificates.ts',
];

/** The folders of the server, in order. Each may import the folders above it in this list, and no folder below it. */
const SERVER_FOLDERS = [
  { path: 'src/server/errors.ts', packages: [] },
  { path: 'src/server/logger.ts', packages: [] },
  { path: 'src/server/user-domain.ts', packages: ['node'] },
  { path: 'src/server/define', packages: ['node', 'koa', '@koa/router'] },
  { path: 'src/server/read', packages: ['node', 'koa', 'ws', 'lru-cache'] },
  { path: 'src/server/write', packages: ['node', 'koa'] },
  { path: 'src/server/describe', packages: ['node', 'koa', '@koa/router'] },
  { path: 'src/server/access', packages: ['node', 'lru-cache'] },
  { path: 'src/server/metrics', packages: ['node', 'prom-client'] },
  { path: 'src/server/http', packages: ['node', 'koa', 'lru-cache'] },
  { path: 'src/server', packages: ['node', 'pino'] },
];

const ROOMS: readonly Room[] = [
  ...FOUNDATION,
  { path: 'src/certificates.ts', rooms: [], packages: ['node', '@peculiar/x509', 'reflect-metadata'] },
  { path: 'src/index.ts', rooms: ['src/definition', 'src/informers', 'src/projections', 'src/server'], packages: [] },
  {
    path: 'src/definition',
    rooms: ['src/informers/collection', 'src/informers', 'src/server/define', 'src/server'],
    packages: [],
  },
  {
    path: 'src/informers/collection',
    rooms: [],
    packages: ['node', 'rxjs'],
  },
  {
    path: 'src/informers',
    rooms: ['src/informers/collection'],
    packages: ['node', 'rxjs', 'undici', 'yaml'],
    types: ['@kubernetes/client-node'],
  },
  {
    path: 'src/projections',
    rooms: ['src/informers/collection'],
    packages: ['node', 'rxjs', 'sorted-btree'],
    types: ['@kubernetes/client-node'],
  },
  {
    path: 'src/stores',
    rooms: ['src/informers/collection'],
    packages: ['node', 'rxjs', '@grpc/grpc-js', '@grpc/proto-loader'],
  },
  { path: 'src/server/wire', rooms: [], packages: ['node', 're2js', 'yaml'] },
  ...SERVER_FOLDERS.map(({ path, packages }, index) => ({
    path,
    rooms: [...SERVER_FOLDERS.slice(0, index).map((folder) => folder.path), ...BELOW_SERVER],
    packages,
  })),
  {
    path: 'src/testing/informers',
    rooms: ['src/informers', 'src/informers/collection'],
    packages: ['node', 'rxjs'],
  },
  {
    path: 'src/testing/cluster',
    rooms: ['src/server/wire', 'src/certificates.ts'],
    packages: ['node', 'yaml', 'protobufjs', 'sorted-btree'],
  },
  {
    path: 'src/testing/projections',
    rooms: ['src/informers/collection', 'src/testing/informers', 'src/projections', 'src/server'],
    packages: ['node', 'fast-check'],
  },
  {
    path: 'src/testing',
    rooms: ['src/testing/informers', 'src/testing/cluster', 'src/testing/projections', 'src/certificates.ts'],
    packages: [],
  },
  {
    path: 'src/cli',
    rooms: [
      'src/index.ts',
      'src/definition',
      'src/informers/collection',
      'src/informers',
      'src/projections',
      'src/server',
      'src/server/define',
      'src/server/read',
      'src/server/access',
      'src/server/http',
      'src/server/wire',
      'src/stores',
      'src/testing',
      'src/certificates.ts',
      'examples',
    ],
    packages: ['node', 'yaml'],
  },
  {
    path: 'examples',
    rooms: [],
    packages: [
      'node',
      'kubefacet',
      'kubefacet/informers',
      'kubefacet/projections',
      'kubefacet/server',
      'kubefacet/stores',
      'kubefacet/testing',
    ],
  },
];

/** Only the list/watch adapter loads client-node at run time. */
const CLIENT_NODE_AT_RUN_TIME = [
  'src/informers/kube-config.ts',
  'src/informers/kube-transport.ts',
  'src/informers/kube-credentials.ts',
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const files = ['src', 'examples']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = /^(?:import|export)\s+(type\s+)?([^'";]*?\sfrom\s+)?'([^']+)';/gm;
  const found = [...text.matchAll(statements)].map(([, type, clause, specifier = '']) => ({
    file,
    specifier,
    typeOnly: type !== undefined || (clause !== undefined && /^\{(\s*type [^,}]+,?)+\s*\}/.test(clause)),
  }));
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, specifier = '']) => ({
    file,
    specifier,
    typeOnly: false,
  }));
  return [...found, ...dynamic];
};

const roomOf = (path: string): Room => {
  const rooms = ROOMS.filter((room) => path === room.path || path.startsWith(`${room.path}/`));
  const room = rooms.sort((a, b) => b.path.length - a.path.length)[0];
  if (room === undefined) throw new Error(`${path} does not belong to a room`);
  return room;
};

const FOUNDATION_PATHS: ReadonlySet<string> = new Set(FOUNDATION.map(({ path }) => path));

/** Whether the rooms of two files allow the first file to import the second. */
const isAllowed = (file: string, target: string): boolean => {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from.path === to.path || from.rooms.includes(to.path)) return true;
  return FOUNDATION_PATHS.has(to.path) && !FOUNDATION_PATHS.has(from.path);
};

/** The name of a file in a room. */
const fileIn = (path: string): string => (path.endsWith('.ts') ? path : `${path}/some-file.ts`);

const isLocal = (specifier: string): boolean => specifier.startsWith('.');
const targetOf = ({ file, specifier }: Import): string => relative(ROOT, resolve(ROOT, dirname(file), specifier));
const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? 'node'
    : specifier.startsWith('kubefacet')
      ? specifier
      : specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');

const imports = files.flatMap(importsOf);

const sources = files.filter((file) => file.startsWith('src/'));

describe('the architecture', () => {
  it('assigns every source file to a room', () => {
    expect(files.length).to.be.above(50);
    for (const file of files) roomOf(file);
  });

  it('allows imports between rooms in one direction only', () => {
    const wrong = imports
      .filter(({ specifier }) => isLocal(specifier))
      .filter((one) => !isAllowed(one.file, targetOf(one)));
    expect(wrong.map((one) => `${one.file} -> ${targetOf(one)}`)).to.deep.equal([]);
  });

  it('rejects an import from a folder of the server to any folder after it', () => {
    SERVER_FOLDERS.forEach((from, index) => {
      for (const to of SERVER_FOLDERS.slice(index + 1)) {
        expect(isAllowed(fileIn(from.path), fileIn(to.path)), `${from.path} -> ${to.path}`).to.equal(false);
        expect(isAllowed(fileIn(to.path), fileIn(from.path)), `${to.path} -> ${from.path}`).to.equal(true);
      }
      expect(isAllowed('src/server/wire/status.ts', fileIn(from.path)), `wire -> ${from.path}`).to.equal(false);
      expect(isAllowed(fileIn(from.path), 'src/informers/reflector.ts'), `${from.path} -> reflector`).to.equal(false);
    });
  });

  it('imports packages only in rooms that may import them', () => {
    const wrong = imports
      .filter(({ specifier }) => !isLocal(specifier))
      .filter(({ file, specifier, typeOnly }) => {
        const room = roomOf(file);
        const name = packageOf(specifier);
        if (name === '@kubernetes/client-node' && CLIENT_NODE_AT_RUN_TIME.includes(file)) return false;
        return !room.packages.includes(name) && !(typeOnly && room.types?.includes(name) === true);
      });
    expect(wrong.map(({ file, specifier }) => `${file} -> ${specifier}`)).to.deep.equal([]);
  });

  it('has no import cycles between files', () => {
    const graph = new Map(files.map((file) => [file, [] as string[]]));
    for (const one of imports) if (isLocal(one.specifier)) graph.get(one.file)?.push(targetOf(one));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).to.deep.equal([]);
  });

  it('does not import an index.ts from inside its own room', () => {
    const wrong = imports
      .filter(({ specifier }) => isLocal(specifier) && specifier.endsWith('/index.ts'))
      .filter((one) => roomOf(one.file).path === roomOf(targetOf(one)).path && !one.file.endsWith('index.ts'));
    expect(wrong.map((one) => `${one.file} -> ${targetOf(one)}`)).to.deep.equal([]);
  });

  it('does not import mocha or chai in the published test helpers', () => {
    const wrong = imports.filter(({ specifier }) => ['mocha', 'chai'].includes(specifier));
    expect(wrong.map(({ file }) => file)).to.deep.equal([]);
  });

  it('replaces globals only in the published test helpers', () => {
    const wrong = files.filter(
      (file) =>
        !file.startsWith('src/testing') && /\bglobalThis\.\w+\s*=[^=]/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('uses console only in the command', () => {
    const wrong = files.filter(
      (file) => !file.startsWith('src/cli') && /\bconsole\./.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('exports function declarations, not arrow functions', () => {
    // An annotated constant of a function type is allowed. The linter has no rule for exported functions alone.
    const arrow = /^export const (\w+) =\s+(?:async )?(?:<[^=]*?>)?\((?:[^()]|\([^()]*\))*\)(?:: |\s*=>)/gm;
    const wrong = sources.flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(arrow)].map(([, name]) => `${file}: ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has a header with @module in every file', () => {
    const wrong = sources.filter(
      (file) => !/^(?:#!.*\n)?\/\*\*[^]*?@module/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('gives one name to one concept: no two files export different things under one name', () => {
    const names = new Map<string, Set<string>>();
    for (const file of files.filter((one) => one.startsWith('src/'))) {
      const declared = /^export (?:declare |abstract |async )*(?:class|interface|type|function|const|enum) (\w+)/gm;
      for (const [, name = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(declared)) {
        names.set(name, (names.get(name) ?? new Set()).add(file));
      }
    }
    const shared = [...names].filter(([, where]) => where.size > 1);
    expect(shared.map(([name, where]) => `${name}: ${[...where].join(', ')}`)).to.deep.equal([]);
  });

  it('links signals with src/abort.ts, and not with AbortSignal.any', () => {
    const wrong = files.filter(
      (file) => file.startsWith('src/') && readFileSync(join(ROOT, file), 'utf8').includes('AbortSignal.any('),
    );
    expect(wrong).to.deep.equal([]);
  });
});
