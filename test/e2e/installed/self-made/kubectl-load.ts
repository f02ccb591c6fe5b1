/** A user that reads rows with kubectl, again and again, through the kube-apiserver. */
import { expect } from 'chai';
import { kubectl } from '../../kubectl.ts';
import { until } from '../installation.ts';

export class KubectlLoad {
  #reads = 0;
  #isOver = false;
  readonly #failures: string[] = [];
  readonly #ended: Promise<void>;

  /** @param args the arguments of a command with the output `expected` */
  constructor(kubeConfig: string, args: readonly string[], expected: string) {
    this.#ended = this.#run(kubeConfig, args, expected);
  }

  async #run(kubeConfig: string, args: readonly string[], expected: string): Promise<void> {
    while (!this.#isOver) {
      const output = await kubectl(kubeConfig, args).catch((error: unknown) => String(error));
      if (output !== expected) this.#failures.push(output);
      this.#reads += 1;
    }
  }

  /** Waits until commands that began after this call have ended. */
  async more(): Promise<void> {
    const reads = this.#reads;
    await until(() => this.#reads > reads + 2, 60);
  }

  /** Ends the load. @throws Error if a command has failed */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
    expect(this.#failures).to.deep.equal([]);
  }
}
