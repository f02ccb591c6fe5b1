import { gunzipSync } from 'node:zlib';

import type {
  ApiHandler,
  ApiHandlerOptions,
  ApiRequest,
  ApiResponse,
} from '../../../../src/testing/cluster/http/api-handler.ts';
import { apiHandler } from '../../../../src/testing/cluster/http/api-handler.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import type { FakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import type { ResourceKind } from '../../../../src/testing/cluster/kinds/resource-kind.ts';
import { storage } from '../../../../src/testing/cluster/storage/storage.ts';
import type { Storage, StorageOptions } from '../../../../src/testing/cluster/storage/storage.ts';

/** A custom resource, for behaviour that differs from built-in kinds. */
export const widgets: ResourceKind = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  shortNames: ['wd'],
  selectableFields: { 'spec.color': (widget) => (widget['spec'] as { color?: string } | undefined)?.color },
};

export const START = Date.parse('2026-01-01T00:00:00Z');

export interface TestCluster {
  readonly store: Storage;
  readonly api: ApiHandler;
  readonly clock: FakeClock;
  readonly call: (method: string, url: string, options?: CallOptions) => Promise<CallResult>;
  /** Opens a watch. */
  readonly watch: (url: string, options?: CallOptions) => Promise<OpenStream>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The client does not read from the start. */
  readonly isFull?: boolean;
}

export interface CallResult {
  readonly code: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  /** The parsed body. */
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any -- tests look into it
}

/** Runs the tasks that were scheduled with setImmediate, and those that they schedule. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A cluster at revision 1000 on New Year 2026, with predictable uids and names. */
export const testCluster = (options: Partial<StorageOptions & ApiHandlerOptions> = {}): TestCluster => {
  const clock = fakeClock(START);
  let made = 0;
  const store = storage({
    kinds: [...coreKinds, widgets],
    clock,
    random: () => 0.5,
    uid: () => {
      made += 1;
      return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
    },
    ...options,
  });
  const api = apiHandler({
    storage: store,
    clock,
    random: () => 0.5,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  const begin = (method: string, url: string, { body, headers = {}, isFull = false }: CallOptions = {}): OpenStream => {
    const stream = new OpenStream();
    stream.isFull = isFull;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const request: ApiRequest = {
      method,
      url,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      async *[Symbol.asyncIterator]() {
        if (text !== undefined) yield Buffer.from(text);
      },
    };
    void api.handle(request, stream, { name: 'admin', groups: ['system:masters'] });
    return stream;
  };
  return {
    store,
    api,
    clock,
    call: async (method, url, callOptions) => {
      const stream = begin(method, url, callOptions);
      await stream.ended;
      return stream.result();
    },
    watch: async (url, callOptions) => {
      const stream = begin('GET', url, callOptions);
      await stream.begun;
      await settled();
      return stream;
    },
  };
};

/** A response without a socket. A test can make it report backpressure. */
export class OpenStream implements ApiResponse {
  /** The chunks as they were written, not copied. */
  readonly chunks: Uint8Array[] = [];
  readonly #listeners = new Map<string, (() => void)[]>();
  readonly #end = Promise.withResolvers<void>();
  readonly #begin = Promise.withResolvers<void>();
  #taken = 0;
  code = 0;
  headers: Record<string, unknown> = {};
  headersSent = false;
  isEnded = false;
  isCut = false;
  /** Behaves like a socket whose client does not read. */
  isFull = false;

  /** Settles when the response has ended, cleanly or not. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  get begun(): Promise<void> {
    return this.#begin.promise;
  }

  writeHead(code: number, headers: Record<string, unknown>): void {
    this.code = code;
    this.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    this.headersSent = true;
    this.#begin.resolve();
  }

  write(chunk: Uint8Array): boolean {
    if (this.isEnded || this.isCut) throw new Error('written after the end');
    this.chunks.push(chunk);
    return !this.isFull;
  }

  end(chunk?: Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
    this.isEnded = true;
    this.#over();
  }

  destroy(): void {
    this.isCut = true;
    this.#over();
  }

  on(event: string, listener: (() => void) | ((error: Error) => void)): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener as () => void]);
  }

  /** The client reads again. */
  drain(): void {
    this.isFull = false;
    this.#emit('drain');
  }

  /** The number of bytes written. */
  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  result(): CallResult {
    const bytes = Buffer.concat(this.chunks);
    const text = (this.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const isJson = this.isEnded && String(this.headers['content-type']).startsWith('application/json') && text !== '';
    return { code: this.code, headers: this.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** The events since the last call. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into them
  events(): any[] {
    const lines = Buffer.concat(this.chunks).toString().split('\n').slice(0, -1);
    const fresh = lines.slice(this.#taken);
    this.#taken = lines.length;
    return fresh.map((line) => JSON.parse(line));
  }

  /** The events since the last call, as `ADDED shop/web@1001`. */
  seen(): string[] {
    return this.events().map(({ type, object }) => {
      const { namespace, name = '', resourceVersion } = object.metadata ?? {};
      if (type === 'ERROR') return `ERROR ${object.code} ${object.message}`;
      const mark = object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true' ? ' end' : '';
      return `${type} ${namespace === undefined ? '' : `${namespace}/`}${name}@${resourceVersion}${mark}`;
    });
  }

  #over(): void {
    this.#begin.resolve();
    this.#end.resolve();
    this.#emit('close');
  }

  #emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }
}
