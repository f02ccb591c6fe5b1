/** Clients of Kubernetes that this machine has. */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** One version of kubectl. */
export interface InstalledKubectl {
  readonly path: string;
  /** `1.36.4` */
  readonly version: string;
  /** 36 of `1.36.4`. */
  readonly minor: number;
}

/** From this minor version on, `kubectl wait` can wait for a value. */
export const JSONPATH_WAIT_SINCE = 23;

/** `kubectl`, and `kubectl.1.27` as some packages install several. */
const NAME = /^kubectl(\.\d+\.\d+)?$/;

/** Every version of kubectl in PATH, beside one in PATH, or in the control plane's folder (CONTROL_PLANE_HOME); oldest first. */
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

/** Those that a test of many commands tries: the newest, or with KUBECTLS=all every one (`npm run test:kubectl`). */
export async function triedKubectls(): Promise<InstalledKubectl[]> {
  const installed = await installedKubectls();
  return process.env['KUBECTLS'] === 'all' ? installed : installed.slice(-1);
}

/** A Python that has the `kubernetes` module (Debian: python3-kubernetes), or why there is none. */
export async function installedPython(): Promise<{ path: string; version: string } | { missing: string }> {
  // The second is where Debian's packages go, when another one comes first in PATH.
  for (const path of ['python3', '/usr/bin/python3']) {
    const version = await output(path, ['-c', 'import kubernetes; print(kubernetes.__version__)']);
    if (version !== undefined) return { path, version: version.trim() };
  }
  return { missing: 'no python3-kubernetes on this machine (a Debian package)' };
}

/** What a program prints; undefined when it fails. */
function output(path: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) =>
    execFile(path, args, { timeout: 30_000 }, (error, stdout) => resolve(error === null ? stdout : undefined)),
  );
}
