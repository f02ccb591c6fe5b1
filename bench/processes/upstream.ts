/**
 * The upstream of a measured server: a minimal API server for pods and nodes with lists in pages, WatchLists, watches, and access reviews
 * that allow everything. It keeps the JSON of the pods as bytes, so that it leaves the CPU to the measured processes.
 * @module
 */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { provide } from '../harness/calls.ts';
import { nodeName, PodJson, type PodSet } from '../pods/pod-json.ts';
import { kubeConfig } from '../../src/testing/index.ts';

/** The maximum number of events for watches that start in the past. */
const HISTORY = 20_000;
const ROUND_MS = 10;

/** The options of an upstream. */
interface UpstreamOptions extends PodSet {
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly caCertificate: string;
  /** Whether it serves WatchLists, as all supported versions of Kubernetes do. Without them, clients list in pages. */
  readonly watchList: boolean;
}

/** An object of the upstream. */
interface Stored {
  readonly key: string;
  json: Buffer;
}

/** The objects of one resource, with the latest events. */
class ServedResource {
  readonly kind: string;
  /** In the order of their keys. */
  readonly objects: readonly Stored[];
  readonly #history: { readonly version: number; readonly frame: Buffer }[] = [];
  readonly #watches = new Set<Http2ServerResponse>();
  /** The version before the first event of the history. */
  floor = 0;
  /** The number of complete states that clients have read. */
  states = 0;

  constructor(kind: string, objects: readonly Stored[]) {
    this.kind = kind;
    this.objects = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  emit(version: number, json: Buffer): void {
    const frame = this.frame('MODIFIED', json);
    this.#history.push({ version, frame });
    if (this.#history.length > HISTORY) this.floor = this.#history.shift()?.version ?? this.floor;
    for (const response of this.#watches) response.write(frame);
  }

  frame(type: string, json: Buffer): Buffer {
    const start = `{"type":"${type}","object":{"kind":"${this.kind}","apiVersion":"v1",`;
    return Buffer.concat([Buffer.from(start), json.subarray(1), Buffer.from('}\n')]);
  }

  /** Sends the events after a version, and then all new ones. */
  follow(response: Http2ServerResponse, version: number): void {
    for (const event of this.#history) if (event.version > version) response.write(event.frame);
    this.#watches.add(response);
    response.once('close', () => this.#watches.delete(response));
  }

  /** Ends all watches, and forgets the history: clients have to read the complete state again. */
  expire(version: number): void {
    this.#history.length = 0;
    this.floor = version;
    const expired = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
    for (const response of this.#watches) response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
  }
}

class Upstream {
  readonly #options: UpstreamOptions;
  readonly #json: PodJson;
  readonly #podsByIndex: readonly Stored[];
  readonly #pods: ServedResource;
  readonly #nodes: ServedResource;
  readonly #changes: Uint32Array;
  #version = 1000;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#json = new PodJson(options);
    this.#changes = new Uint32Array(options.pods);
    this.#podsByIndex = Array.from({ length: options.pods }, (_, index) => {
      const { namespace, name } = this.#json.nameOf(index);
      return { key: `${namespace}/${name}`, json: this.#json.of(index, this.#version, 0) };
    });
    this.#pods = new ServedResource('Pod', this.#podsByIndex);
    const nodes = Array.from({ length: options.nodes }, (_, index) => ({
      key: nodeName(index),
      json: nodeJson(index, this.#version, 0),
    }));
    this.#nodes = new ServedResource('Node', nodes);
  }

  get bytes(): number {
    return this.#podsByIndex.reduce((sum, { json }) => sum + json.length, 0);
  }

  async listen(): Promise<number> {
    const { certificate: cert, key } = this.#options.tls;
    const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
      void this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Changes one pod after the other. Each call changes another pod. */
  change(): void {
    // The stride is a prime, so that consecutive changes concern distant pods.
    const index = (this.#writes * 7919) % this.#podsByIndex.length;
    this.#writes += 1;
    this.#version += 1;
    const changes = (this.#changes[index] ?? 0) + 1;
    this.#changes[index] = changes;
    const json = this.#json.of(index, this.#version, changes);
    const stored = this.#podsByIndex[index];
    if (stored !== undefined) stored.json = json;
    this.#pods.emit(this.#version, json);
  }

  /** Changes the zone of a node. */
  changeNode(index: number): void {
    this.#version += 1;
    const json = nodeJson(index, this.#version, this.#version);
    const stored = this.#nodes.objects[index];
    if (stored !== undefined) stored.json = json;
    this.#nodes.emit(this.#version, json);
  }

  /** Ends all watches of pods. Resolves when a client has read all pods again. */
  async expire(): Promise<void> {
    const { states } = this.#pods;
    this.#version += 1;
    this.#pods.expire(this.#version);
    while (this.#pods.states === states) await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }

  /** Makes changes at a rate. Resolves with the time of each, in milliseconds since the epoch. */
  changesAt(rate: number, count: number): Promise<readonly number[]> {
    this.rest();
    const times: number[] = [];
    const begin = performance.now();
    return new Promise((resolve) => {
      this.#timer = setInterval(() => {
        const due = Math.min(count, ((performance.now() - begin) / 1000) * rate);
        while (times.length < due) {
          times.push(performance.timeOrigin + performance.now());
          this.change();
        }
        if (times.length < count) return;
        this.rest();
        resolve(times);
      }, ROUND_MS);
    });
  }

  /** Ends the changes at a rate. */
  rest(): void {
    clearInterval(this.#timer);
  }

  async #handle(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url, 'https://upstream');
    if (request.method === 'POST' && pathname.endsWith('accessreviews')) return review(request, response);
    const resource = { '/api/v1/pods': this.#pods, '/api/v1/nodes': this.#nodes }[pathname];
    if (resource === undefined) return sendJson(response, 404, { kind: 'Status', apiVersion: 'v1', code: 404 });
    if (query.get('watch') === null) return this.#list(resource, query, response);
    const initial = query.get('sendInitialEvents') === 'true';
    if (initial && !this.#options.watchList) {
      return sendJson(response, 422, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Invalid',
        code: 422,
      });
    }
    return this.#watch(resource, initial ? undefined : Number(query.get('resourceVersion')), response);
  }

  async #watch(resource: ServedResource, from: number | undefined, response: Http2ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from !== undefined && from < resource.floor) {
      const expired = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
      response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
      return;
    }
    const version = from ?? this.#version;
    if (from === undefined) {
      for (let start = 0; start < resource.objects.length; start += 100) {
        const frames = resource.objects.slice(start, start + 100).map(({ json }) => resource.frame('ADDED', json));
        if (!response.write(Buffer.concat(frames))) await drained(response);
        if (response.closed) return;
      }
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const end = { metadata: { resourceVersion: String(version), annotations } };
      response.write(resource.frame('BOOKMARK', Buffer.from(JSON.stringify(end))));
      resource.states += 1;
    }
    resource.follow(response, version);
  }

  #list(resource: ServedResource, query: URLSearchParams, response: Http2ServerResponse): void {
    const { objects, kind } = resource;
    const start = Number(query.get('continue') ?? 0);
    const end = Math.min(objects.length, start + (Number(query.get('limit') ?? 0) || objects.length));
    const metadata = { resourceVersion: String(this.#version), continue: end < objects.length ? String(end) : '' };
    const head = `{"kind":"${kind}List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`;
    const parts: Buffer[] = [Buffer.from(head)];
    for (let index = start; index < end; index += 1) {
      if (index > start) parts.push(COMMA);
      parts.push(objects[index]?.json ?? COMMA);
    }
    parts.push(Buffer.from(']}\n'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(Buffer.concat(parts));
    if (end === objects.length) resource.states += 1;
  }
}

/** Resolves when a response can take more data, or is closed. */
function drained(response: Http2ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

const COMMA = Buffer.from(',');

function nodeJson(index: number, version: number, zone: number): Buffer {
  const metadata = {
    name: nodeName(index),
    uid: `node-${index}`,
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'topology.kubernetes.io/zone': `zone-${zone}` },
  };
  return Buffer.from(
    JSON.stringify({ metadata, status: { allocatable: { cpu: '32', memory: '128Gi', pods: '110' } } }),
  );
}

/** Allows what a review asks about. */
async function review(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = JSON.parse(Buffer.concat(chunks).toString()) as object;
  sendJson(response, 201, { ...sent, status: { allowed: true } });
}

function sendJson(response: Http2ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

let upstream: Upstream | undefined;

function started(): Upstream {
  if (upstream === undefined) throw new Error('call start first');
  return upstream;
}

const functions = {
  /** Starts the upstream. Returns its kubeconfig, and the size of the JSON of its pods. */
  async start(options: UpstreamOptions): Promise<{ readonly kubeConfig: string; readonly bytes: number }> {
    upstream = new Upstream(options);
    const port = await upstream.listen();
    const { caCertificate } = options;
    const server = `https://127.0.0.1:${port}`;
    return {
      kubeConfig: kubeConfig({ server, caCertificate, user: 'bench', credential: { token: 'bench' } }),
      bytes: upstream.bytes,
    };
  },
  /** Makes `count` changes at a rate per second. Returns their times. */
  changes: ({ rate, count }: { readonly rate: number; readonly count: number }) => started().changesAt(rate, count),
  rest: () => started().rest(),
  changeNode: (index: number) => started().changeNode(index),
  /** Ends all watches of pods with 410. Resolves when a client has read all pods again. */
  expire: () => started().expire(),
};

export type UpstreamFunctions = typeof functions;
provide(functions);
