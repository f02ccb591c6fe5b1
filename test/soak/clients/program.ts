/** A program that runs beside this process and prints. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Ended {
  /** Undefined when it was ended by a signal. */
  readonly code: number | undefined;
  /** What it printed last on stderr. */
  readonly lastWords: string;
}

export class Program {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  /** @param onLine told of each line of stdout, without its end */
  constructor(command: string, args: readonly string[], onLine: (line: string) => void = () => undefined) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface(this.#child.stdout).on('line', onLine);
    let lastWords = '';
    createInterface(this.#child.stderr).on('line', (line) => {
      if (line.trim() !== '') lastWords = line;
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve({ code: undefined, lastWords: error.message }));
      this.#child.on('close', (code) => resolve({ code: code ?? undefined, lastWords }));
    });
  }

  /** Ends it, as Ctrl-C does. */
  stop(): void {
    this.#child.kill('SIGINT');
  }
}
