/**
 * Installs the packed package into a project as npm does, without a network: the dependencies are links into this checkout.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const MODULES = resolve(import.meta.dirname, '../../node_modules');

/** The fields of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs the package of a folder, and installs it into a project with its dependencies only.
 * @returns the folder of the installed package
 */
export function installPackage(folder: string, project: string): string {
  const installed = join(project, 'node_modules/kubefacet');
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [packed] = JSON.parse(execFileSync('npm', pack, { cwd: folder, encoding: 'utf8' })) as { filename: string }[];
  if (packed === undefined) throw new Error('npm pack returned no file');
  execFileSync('tar', ['-xzf', packed.filename], { cwd: project });
  mkdirSync(dirname(installed), { recursive: true });
  renameSync(join(project, 'package'), installed);
  for (const name of dependenciesOf(installed)) link(name, project);
  return installed;
}

/** Returns the package.json of a folder. */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Returns the names of all packages that an installation adds to the top-level node_modules. */
function dependenciesOf(folder: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (of: string): void => {
    const { dependencies = {} } = manifestOf(of);
    for (const name of Object.keys(dependencies)) {
      const nested = join(of, 'node_modules', name);
      if (existsSync(nested)) {
        visit(nested);
      } else if (!names.has(name)) {
        names.add(name);
        visit(join(MODULES, name));
      }
    }
  };
  visit(folder);
  return names;
}

function link(name: string, project: string): void {
  const to = join(project, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(join(MODULES, name), to);
}
