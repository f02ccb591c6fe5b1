/**
 * The processes of a measurement: an upstream, a server that reads it, the floor, and the clients.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority } from '../../src/testing/index.ts';
import type { Protocol, Question, Target } from '../load/connections.ts';
import { PodJson, type PodName, type PodSet } from '../pods/pod-json.ts';
import type { FloorFunctions, FloorPorts } from '../processes/floor.ts';
import type { LoadFunctions } from '../processes/load.ts';
import type { ServedPlural, ServerFunctions } from '../processes/server.ts';
import type { UpstreamFunctions } from '../processes/upstream.ts';
import { Remote } from './calls.ts';

/** The options of a {@link Rig}. */
export interface RigOptions extends PodSet {
  readonly resources: readonly ServedPlural[];
  /** Whether the upstream serves WatchLists. @default true */
  readonly watchList?: boolean;
}

/** The certificates of a rig, for which all processes have the same. */
interface Certificates {
  readonly ca: string;
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

/** The processes of a rig. */
interface RigProcesses {
  readonly upstream: Remote<UpstreamFunctions>;
  readonly server: Remote<ServerFunctions>;
  readonly floor: Remote<FloorFunctions>;
  readonly load: Remote<LoadFunctions>;
}

/** The headers that an aggregator sends with the requests of a dashboard. */
const IDENTITY = { 'x-remote-user': 'dashboard', 'x-remote-group': 'system:authenticated', accept: 'application/json' };

/** The path of the resources. */
export const API_PATH = '/apis/example.com/v1';

/** Returns a request as the front proxy sends it. */
export function question(path: string, headers: Readonly<Record<string, string>> = {}): Question {
  return { path: `${API_PATH}/${path}`, headers: { ...IDENTITY, ...headers } };
}

export class Rig {
  readonly upstream: Remote<UpstreamFunctions>;
  readonly floor: Remote<FloorFunctions>;
  readonly load: Remote<LoadFunctions>;
  #server: Remote<ServerFunctions>;
  readonly #certificates: Certificates;
  readonly #names: PodJson;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubefacet-bench-'));
  #kubeConfig = '';
  #podBytes = 0;
  #port = 0;
  #floorPorts: FloorPorts = { http1: 0, http2: 0 };
  #files = 0;

  private constructor(certificates: Certificates, remotes: RigProcesses, pods: PodSet) {
    this.#certificates = certificates;
    this.#names = new PodJson(pods);
    this.upstream = remotes.upstream;
    this.#server = remotes.server;
    this.floor = remotes.floor;
    this.load = remotes.load;
  }

  /** Starts all processes but the server, which {@link startServer} starts. */
  static async prepared(options: RigOptions): Promise<Rig> {
    const authority = await certificateAuthority('bench');
    const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const tls = await authority.issue({ commonName: 'localhost', ...names, usage: 'server' });
    const client = await authority.issue({ commonName: 'front-proxy-client', usage: 'client' });
    const ca = authority.certificate;
    const rig = new Rig({ ca, tls, client }, await startedProcesses(), options);
    const { watchList = true, pods, namespaces, nodes } = options;
    const upstream = { tls, caCertificate: ca, watchList, pods, namespaces, nodes };
    const started = await rig.upstream.call('start', upstream);
    rig.#kubeConfig = started.kubeConfig;
    rig.#podBytes = started.bytes;
    rig.#floorPorts = await rig.floor.call('start', { tls, clientCa: ca });
    return rig;
  }

  /** Starts all processes. Resolves when the server is ready. */
  static async ready(options: RigOptions): Promise<Rig> {
    const rig = await Rig.prepared(options);
    await rig.startServer(options.resources);
    return rig;
  }

  get server(): Remote<ServerFunctions> {
    return this.#server;
  }

  /**
   * Replaces the process of the server by a new one, which is not started yet.
   * @param heapMegabytes the maximum size of its heap
   */
  async renewServer(heapMegabytes?: number): Promise<void> {
    await this.#server.close();
    this.#server = await Remote.start<ServerFunctions>('server', heapMegabytes);
  }

  /** Starts the server. Resolves when it is ready. */
  async startServer(resources: readonly ServedPlural[]): Promise<void> {
    const { tls, ca: clientCa } = this.#certificates;
    this.#port = await this.server.call('start', { kubeConfig: this.#kubeConfig, tls, clientCa, resources });
  }

  /** The size of the JSON of all pods of the upstream. */
  get podBytes(): number {
    return this.#podBytes;
  }

  /** Returns the name of the pod with this number. */
  pod(index: number): PodName {
    return this.#names.nameOf(index);
  }

  /** Returns the CPU time that a process has used, in milliseconds. */
  cpuOf(process: 'server' | 'floor'): Promise<number> {
    return process === 'server' ? this.server.call('cpu') : this.floor.call('cpu');
  }

  target(process: 'server' | 'floor', protocol: Protocol): Target {
    const { http1, http2 } = this.#floorPorts;
    const floorPort = protocol === 'HTTP/2' ? http2 : http1;
    const { ca, client } = this.#certificates;
    return { port: process === 'server' ? this.#port : floorPort, protocol, ca, client };
  }

  /** Gives the floor the response of the server to a question. Returns its status and its size in bytes. */
  async prebuild(asked: Question, headers: readonly string[] = ['content-type', 'content-encoding']) {
    const file = this.#newFile();
    const saved = await this.load.call('save', { target: this.target('server', 'HTTP/2'), question: asked, file });
    const kept = headers.flatMap((name) => (saved.headers[name] === undefined ? [] : [[name, saved.headers[name]]]));
    const size = statSync(file).size;
    const lengths = saved.status === 304 ? {} : { 'content-length': String(size) };
    const sent = { ...Object.fromEntries(kept), ...lengths };
    await this.floor.call('prebuild', { path: asked.path, file, status: saved.status, headers: sent });
    return { status: saved.status, bytes: size, headers: saved.headers };
  }

  /**
   * Gives the floor the initial events of a watch of the server, which have a number of lines.
   * @returns their size in bytes
   */
  async prebuildInitialEvents(asked: Question, lines: number): Promise<number> {
    const file = this.#newFile();
    const target = this.target('server', 'HTTP/2');
    const bytes = await this.load.call('saveInitialEvents', { target, question: asked, lines, file });
    const headers = { 'content-type': 'application/json' };
    await this.floor.call('prebuild', { path: asked.path, file, status: 200, headers });
    return bytes;
  }

  /** Returns the version of a list of the server, from which a watch can start. */
  async versionOf(plural: ServedPlural): Promise<string> {
    const file = this.#newFile();
    const target = this.target('server', 'HTTP/2');
    await this.load.call('save', { target, question: question(`${plural}?limit=1`), file });
    const list = JSON.parse(readFileSync(file, 'utf8')) as { readonly metadata: { readonly resourceVersion: string } };
    return list.metadata.resourceVersion;
  }

  async close(): Promise<void> {
    await Promise.all([this.load, this.server, this.floor, this.upstream].map((remote) => remote.close()));
    rmSync(this.#folder, { recursive: true });
  }

  #newFile(): string {
    this.#files += 1;
    return join(this.#folder, `body-${this.#files}`);
  }
}

async function startedProcesses(): Promise<RigProcesses> {
  const [upstream, server, floor, load] = await Promise.all([
    Remote.start<UpstreamFunctions>('upstream'),
    Remote.start<ServerFunctions>('server'),
    Remote.start<FloorFunctions>('floor'),
    Remote.start<LoadFunctions>('load'),
  ]);
  return { upstream, server, floor, load };
}
