/**
 * Gets credentials from an exec plugin: a program that prints a token or a certificate. One run serves all requests that wait for it. Its
 * credentials are kept until they expire or the server rejects them.
 * @module
 */
import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { parseDocument } from 'yaml';
import { type Clock, systemClock } from '../clock.ts';
import { type ExecConfig, execInfo } from './exec-config.ts';
import { isObject } from './kube-config-fields.ts';
import type { KubeCluster } from './kube-config-file.ts';

/** The maximum time of a run. A plugin that asks its user needs longer. */
const TIMEOUT_MS = 60_000;
const INTERACTIVE_TIMEOUT_MS = 5 * 60_000;
/** The maximum size of the output in bytes. Of stderr, the end is kept. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_STDERR_CHARACTERS = 4096;
/** The time until the next run after a failure, or after the server has rejected credentials. All informers retry in this time. */
const RETRY_MS = 5_000;

/** The credentials of one run. */
export interface ExecCredential {
  readonly token: string | undefined;
  /** In PEM. Both are set, or none. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds since the epoch. Infinity if the credentials do not expire. */
  readonly expires: number;
}

/** The environment in which a plugin runs. */
export interface ExecEnvironment {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly clock?: Clock | undefined;
  /** Whether stdin is a terminal. */
  readonly terminal?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The last run, or the one in progress. */
interface Run {
  readonly result: Promise<ExecCredential>;
  /** Undefined until the run has succeeded. */
  credential: ExecCredential | undefined;
  /** The end of the run. Undefined until then. */
  ended: number | undefined;
  /** Whether the server has rejected the credentials. */
  rejected: boolean;
}

/** One plugin with the arguments of one user. */
export class ExecPlugin {
  readonly #config: ExecConfig;
  readonly #cluster: KubeCluster;
  readonly #environment: ExecEnvironment;
  readonly #clock: Clock;
  #run: Run | undefined;

  constructor(config: ExecConfig, cluster: KubeCluster, environment: ExecEnvironment = {}) {
    this.#config = config;
    this.#cluster = cluster;
    this.#environment = environment;
    this.#clock = environment.clock ?? systemClock;
  }

  /** Returns valid credentials. Runs the plugin if it has none. @throws Error with one line that names the plugin and the cause */
  credential(): Promise<ExecCredential> {
    if (this.#run === undefined || this.#isOver(this.#run)) this.#run = this.#start();
    return this.#run.result;
  }

  /** Reports that the server has rejected these credentials (401). The next request runs the plugin again, after 5 s at the earliest. */
  reject(credential: ExecCredential): void {
    if (this.#run?.credential === credential) this.#run.rejected = true;
  }

  #isOver({ credential, ended, rejected }: Run): boolean {
    if (ended === undefined) return false;
    const now = this.#clock.now();
    if (credential !== undefined && !rejected && now < credential.expires) return false;
    const worked = credential !== undefined && !rejected && ended < credential.expires;
    return worked || now >= ended + RETRY_MS;
  }

  #start(): Run {
    const result = this.#execute();
    const run: Run = { result, credential: undefined, ended: undefined, rejected: false };
    const end = (credential: ExecCredential | undefined): void => {
      run.credential = credential;
      run.ended = this.#clock.now();
    };
    // The callers of credential() receive the failure.
    result.then(end, () => end(undefined));
    return run;
  }

  async #execute(): Promise<ExecCredential> {
    const { interactiveMode, command } = this.#config;
    const terminal = this.#environment.terminal ?? isatty(0);
    if (interactiveMode === 'Always' && !terminal) {
      throw new Error(`the exec plugin ${command} needs a terminal (interactiveMode Always), and stdin is not one`);
    }
    const output = await this.#output(terminal && interactiveMode !== 'Never');
    try {
      return credentialOf(output, this.#config.apiVersion);
    } catch (error) {
      throw new Error(`the exec plugin ${command} ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** Runs the plugin and returns its output. */
  #output(interactive: boolean): Promise<string> {
    const { command, args, env, installHint } = this.#config;
    const timeout = this.#environment.timeoutMs ?? (interactive ? INTERACTIVE_TIMEOUT_MS : TIMEOUT_MS);
    const info = execInfo(this.#config, { cluster: this.#cluster, interactive });
    return new Promise((resolve, reject) => {
      const fail = (reason: string, cause?: unknown): void => {
        cancelTimeout();
        child.kill('SIGKILL');
        // A child of the plugin may still have the other end of the pipes.
        child.stdout?.destroy();
        child.stderr?.destroy();
        reject(new Error(`the exec plugin ${command} ${reason}`, cause === undefined ? undefined : { cause }));
      };
      const child = spawn(command, args, {
        env: { ...(this.#environment.env ?? process.env), ...env, KUBERNETES_EXEC_INFO: info },
        stdio: [interactive ? 'inherit' : 'ignore', 'pipe', interactive ? 'inherit' : 'pipe'],
      });
      const cancelTimeout = this.#clock.schedule(timeout, () => fail(`did not end within ${timeout / 1000} s`));
      let stdout = '';
      let stderr = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (stdout.length > MAX_OUTPUT_BYTES) fail(`printed more than ${MAX_OUTPUT_BYTES} bytes`);
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-MAX_STDERR_CHARACTERS);
      });
      child.on('error', (error: NodeJS.ErrnoException) => fail(startFailure(error, installHint), error));
      child.on('close', (code, signal) => {
        cancelTimeout();
        if (code === 0) return resolve(stdout);
        const end = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
        return fail([end, lastLine(stderr)].filter((part) => part !== '').join(': '));
      });
    });
  }
}

function startFailure({ code, message }: NodeJS.ErrnoException, installHint = ''): string {
  if (code === 'ENOENT') return ['is not installed', oneLine(installHint)].filter((part) => part !== '').join(': ');
  return code === 'EACCES' ? 'may not be executed by this process' : `cannot be started: ${message}`;
}

/** Returns the credentials of the output, which is JSON or YAML. The errors never quote it, because it has secrets. */
function credentialOf(output: string, apiVersion: string): ExecCredential {
  const document = parseDocument(output, { logLevel: 'error' });
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 0 });
  if (!isObject(value)) throw new Error(output.trim() === '' ? 'printed nothing' : 'did not print an ExecCredential');
  if (value['kind'] !== 'ExecCredential') throw new Error('did not print an ExecCredential: its kind is another one');
  if (value['apiVersion'] !== apiVersion) throw new Error(`did not print an ExecCredential of ${apiVersion}`);
  const { status } = value;
  if (!isObject(status)) throw new Error('printed an ExecCredential without a status');
  const [token, certificate, key, expiration] = [
    'token',
    'clientCertificateData',
    'clientKeyData',
    'expirationTimestamp',
  ].map((name) => textOf(status, name));
  if (token === undefined && certificate === undefined && key === undefined) {
    throw new Error('printed neither a token nor a certificate');
  }
  if ((certificate === undefined) !== (key === undefined))
    throw new Error('printed a certificate or a key, but not both');
  const expires = expiration === undefined ? Infinity : Date.parse(expiration);
  if (Number.isNaN(expires)) throw new Error('printed an expirationTimestamp that is not a time');
  return { token, certificate, key, expires };
}

function textOf(status: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = status[name] ?? '';
  if (typeof value !== 'string') throw new Error(`printed a status whose ${name} is not a text`);
  return value === '' ? undefined : value;
}

function lastLine(text: string): string {
  return oneLine(text.trim().split('\n').at(-1) ?? '');
}

/** Returns the text without control characters, and not too long for a log line. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
