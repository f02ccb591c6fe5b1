/** Where lines of kubectl are typed: at one kubectl, about one resource, with a name that nobody else uses. */
import type { KubectlSession } from '../kubectl-session.ts';

/** A custom resource with `spec.title`, `spec.done` and `spec.workers`, and the scale of these; its kind is in example.com/v1. */
export interface WrittenResource {
  readonly plural: string;
  readonly kind: string;
  /** Undefined: it is cluster-scoped. */
  readonly namespace: string | undefined;
  /** Has a status subresource, and a scale of `spec.workers`. */
  readonly hasSubresources: boolean;
}

export interface Task {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly title: string; readonly done: boolean; readonly workers?: number };
  readonly status?: { readonly phase?: string };
}

/** One kubectl, one resource, and a name that nobody else uses. */
export class Desk {
  readonly kubectl: KubectlSession;
  readonly resource: WrittenResource;
  readonly name: string;
  constructor(kubectl: KubectlSession, resource: WrittenResource, name: string) {
    this.kubectl = kubectl;
    this.resource = resource;
    this.name = name;
  }

  /** Of the collection, below the server. */
  get path(): string {
    const { plural, namespace } = this.resource;
    return `/apis/example.com/v1/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;
  }

  /** `customtask.example.com/NAME`, as kubectl says it. */
  get said(): string {
    return `${this.resource.kind.toLowerCase()}.example.com/${this.name}`;
  }

  /** The same in the words of `delete`. */
  get saidApart(): string {
    return `${this.resource.kind.toLowerCase()}.example.com "${this.name}"`;
  }

  task(spec: object = { title: 'one' }, metadata: object = {}): object {
    const { kind, namespace } = this.resource;
    const named = { name: this.name, ...(namespace === undefined ? {} : { namespace }), ...metadata };
    return { apiVersion: 'example.com/v1', kind, metadata: named, spec };
  }

  file(spec?: object, metadata?: object): string {
    return this.kubectl.manifest(this.task(spec, metadata));
  }

  /** `kubectl VERB …` in the resource's namespace. */
  type(...args: string[]): Promise<string> {
    return this.kubectl.run(...this.typed(args));
  }

  refused(...args: string[]): Promise<string> {
    return this.kubectl.refused(...this.typed(args));
  }

  typed(args: readonly string[]): string[] {
    const { namespace } = this.resource;
    return namespace === undefined ? [...args] : ['-n', namespace, ...args];
  }

  create(spec?: object, metadata?: object): Promise<string> {
    return this.type('create', '-f', this.file(spec, metadata));
  }

  read(): Promise<Task> {
    return this.kubectl.json<Task>(...this.typed(['get', this.resource.plural, this.name]));
  }
}

/** What a kubectl that is told to be talkative (`-v=6`) says when its watch is open. */
export const WATCHES = /watch=(true|1)\b.*200 OK/;

export interface Line {
  /** What is typed. */
  readonly line: string;
  /** Older kubectls have no such line. */
  readonly since?: number;
  /** Only where there are status and scale. */
  readonly needsSubresources?: true;
  run(desk: Desk): Promise<void>;
}
