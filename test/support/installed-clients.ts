/** Finds the Kubernetes clients that are installed on this machine. */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** One installed version of kubectl. */
export interface InstalledKubectl {
  readonly path: string;
  /** `1.36.4` */
  readonly version: string;
  /** 36 of `1.36.4`. */
  readonly minor: number;
}

/** The first minor version whose `kubectl wait` can wait for a value. */
export const JSONPATH_WAIT_SINCE = 23;

/** Names of kubectl. Some packages install several versions, such as `kubectl.1.27`. */
const NAME = /^kubectl(\.\d+\.\d+)?$/;

/** All installed versions, oldest first. Searches PATH, the folder of the kubectl in PATH, and the control plane (CONTROL_PLANE_HOME). */
export async function installedKubectls(): Promise<InstalledKubectl[]> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const controlPlane = process.env['CONTROL_PLANE_HOME'] ?? join(cache, 'control-plane');
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(controlPlane, 'bin')];
  const linked = await Promise.all(folders.map((folder) => realpath(join(folder, 'kubectl')).catch(() => undefined)));
  const all = new Set([...folders, ...linked.flatMap((path) => (path === undefined ? [] : [dirname(path)]))]);
  const found = new Map<string, InstalledKubectl>();
  for (const folder of all) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((file) => NAME.test(file)).sort()) {
      const path = join(folder, name);
      const version = /"gitVersion": *"v?([^"]+)"/.exec(
        (await output(path, ['version', '--client', '-o', 'json'])) ?? '',
      )?.[1];
      if (version !== undefined && !found.has(version))
        found.set(version, { path, version, minor: Number(version.split('.')[1]) });
    }
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor || (a.version < b.version ? -1 : 1));
}

/** The versions that tests of many commands use: the newest, or all with KUBECTLS=all (`npm run test:kubectl`). */
export async function testedKubectls(): Promise<InstalledKubectl[]> {
  const installed = await installedKubectls();
  return process.env['KUBECTLS'] === 'all' ? installed : installed.slice(-1);
}

/** Finds a Python with the `kubernetes` module (Debian: python3-kubernetes). If it is missing, returns the reason. */
export async function installedPython(): Promise<{ path: string; version: string } | { missing: string }> {
  // Debian installs packages for /usr/bin/python3, which may not be the first in PATH.
  for (const path of ['python3', '/usr/bin/python3']) {
    const version = await output(path, ['-c', 'import kubernetes; print(kubernetes.__version__)']);
    if (version !== undefined) return { path, version: version.trim() };
  }
  return { missing: 'python3-kubernetes is not installed (a Debian package)' };
}

/** The output of a program. Undefined if the program fails. */
function output(path: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) =>
    execFile(path, args, { timeout: 60_000 }, (error, stdout) => resolve(error === null ? stdout : undefined)),
  );
}
