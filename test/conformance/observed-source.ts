/** Values, and a source of values that reports whether it runs. */
import { FakeInformer } from '../../src/testing/informers/index.ts';

/** The smallest object: a name and a number. */
export interface Value {
  readonly metadata: { readonly name: string; readonly uid?: string; readonly resourceVersion?: string };
  readonly n: number;
}

export function value(name: string, n: number): Value {
  return { metadata: { name }, n };
}

/** A fake informer that reports whether it runs. */
export class ObservedSource extends FakeInformer<Value> {
  running = 0;

  get isConnected(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.running += 1;
  }

  protected override stop(): void {
    this.running -= 1;
  }
}
