/** Runs the `kubefacet` command in a child process, as users do. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = resolve(import.meta.dirname, '../..');

/** A running `kubefacet ARGS…`. */
export class CommandProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<number | null>;
  #output = '';
  #wake: (() => void) | undefined;

  constructor(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    const main = join(ROOT, 'src/cli/main.ts');
    this.#child = spawn(process.execPath, ['--conditions=source', main, ...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (text: string): void => {
      this.#output += text;
      this.#wake?.();
    };
    this.#child.stdout.setEncoding('utf8').on('data', take);
    this.#child.stderr.setEncoding('utf8').on('data', take);
    this.#ended = new Promise((done) => {
      this.#child.on('close', (code) => {
        done(code);
        take('\n<ended>\n');
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** @throws Error if the process could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the command could not be started');
    return this.#child.pid;
  }

  /** Resolves when the command has printed the line `ready`. */
  async ready(): Promise<void> {
    await this.until(/^ready$/m);
  }

  /** Resolves with the match when the output of the command matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#output.includes('<ended>')) throw new Error(`the command ended before ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends a signal. */
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  /** Ends the command as Ctrl-C does. Returns its exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGINT');
    return this.#ended;
  }

  /** Resolves with the exit code when the command ends by itself. */
  exit(): Promise<number | null> {
    return this.#ended;
  }
}
