/** A child process that prints lines. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ExitResult {
  /** Undefined if a signal ended the process. */
  readonly code: number | undefined;
  /** The last line printed on stderr. */
  readonly lastStderrLine: string;
}

export class Program {
  readonly ended: Promise<ExitResult>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  /** @param onLine receives each line of stdout, without its line break */
  constructor(command: string, args: readonly string[], onLine: (line: string) => void = () => undefined) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface(this.#child.stdout).on('line', onLine);
    let lastStderrLine = '';
    createInterface(this.#child.stderr).on('line', (line) => {
      if (line.trim() !== '') lastStderrLine = line;
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve({ code: undefined, lastStderrLine: error.message }));
      this.#child.on('close', (code) => resolve({ code: code ?? undefined, lastStderrLine }));
    });
  }

  /** Ends the process as Ctrl-C does. */
  stop(): void {
    this.#child.kill('SIGINT');
  }
}
