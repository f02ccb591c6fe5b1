/**
 * Finds the process that listens on a port of this machine, and its CPU time, in the files of `/proc`.
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The clock ticks of `/proc` in a second, which is the same on all machines. */
const TICKS_PER_SECOND = 100;
/** The state of a listening socket. */
const LISTEN = '0A';

/** Returns the id of the process, or undefined if `/proc` does not show one. */
export function listenerOn(port: number): number | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => textOf(file) ?? '');
  const inodes = tables.flatMap((table) => inodesOf(table, port));
  if (inodes.length === 0) return undefined;
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  return processes().find((pid) => linksOf(`/proc/${pid}/fd`).some((link) => links.has(link)));
}

/** Returns the inodes of the sockets that listen on a port, by the content of a file such as `/proc/net/tcp`. */
export function inodesOf(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(suffix) && state === LISTEN && inode !== undefined ? [inode] : [];
  });
}

/** Returns the name of the program of a process. */
export function programOf(pid: number): string {
  return (textOf(`/proc/${pid}/comm`) ?? '').trim();
}

/** Returns the CPU time of a process in milliseconds. */
export function cpuTimeOf(pid: number): number {
  return cpuTimeIn(textOf(`/proc/${pid}/stat`) ?? '');
}

/** Returns the CPU time in milliseconds, by the content of `/proc/PID/stat`. The name of the program may contain spaces. */
export function cpuTimeIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return ((user + system) / TICKS_PER_SECOND) * 1000;
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
  } catch {
    return [];
  }
}

function linksOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
  } catch {
    // The process has ended, or it belongs to another user.
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
