/** A replica: `kubefacet serve` in a separate process. */
import { CommandProcess } from '../../support/command-process.ts';

/** The settings that all replicas share. */
export interface ReplicaSettings {
  /** The folder of the kubeconfig and of the serving certificate. */
  readonly folder: string;
  /** The version of the rows. */
  readonly version: string;
  /** The arguments after those for the module and the files. */
  readonly args: readonly string[];
}

const MODULE = new URL('served-rows.ts', import.meta.url).pathname;

export class Replica {
  readonly port: number;
  readonly #command: CommandProcess;

  private constructor(command: CommandProcess, port: number) {
    this.#command = command;
    this.port = port;
  }

  /** Starts a replica. Resolves when all checks of `/readyz` pass. */
  static async ready({ folder, version, args }: ReplicaSettings): Promise<Replica> {
    const files = ['--kubeconfig', 'kubeconfig', '--tls-cert-file', 'tls.crt', '--tls-private-key-file', 'tls.key'];
    const address = ['--serve-host', '127.0.0.1', '--serve-port', '0'];
    const command = new CommandProcess(['serve', MODULE, ...files, ...address, ...args], {
      cwd: folder,
      env: { ROWS_VERSION: version },
    });
    try {
      const [, port] = await command.until(/listening on https:\/\/127\.0\.0\.1:(\d+)/);
      await command.until(/ready: all checks/);
      return new Replica(command, Number(port));
    } catch (error) {
      command.signal('SIGKILL');
      throw error;
    }
  }

  /** The lines of the log at level ERROR. None is expected. */
  get errors(): readonly string[] {
    return this.#command.output.split('\n').filter((line) => /^(\S+ )?ERROR /.test(line));
  }

  get output(): string {
    return this.#command.output;
  }

  /** Ends the process without a chance to react. */
  async kill(): Promise<void> {
    this.#command.signal('SIGKILL');
    await this.#command.exit();
  }

  /** Asks the process to end. */
  terminate(): void {
    this.#command.signal('SIGTERM');
  }

  /** Resolves with the exit code when the process has ended. */
  exit(): Promise<number | null> {
    return this.#command.exit();
  }
}
