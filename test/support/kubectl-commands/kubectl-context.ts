/** The context of a kubectl command under test: a kubectl, a resource, and an object name that no other test uses. */
import type { KubectlSession } from '../kubectl-session.ts';

/** A custom resource in example.com/v1 with `spec.title`, `spec.done` and `spec.workers`. */
export interface WrittenResource {
  readonly plural: string;
  readonly kind: string;
  /** Undefined for a cluster-scoped resource. */
  readonly namespace: string | undefined;
  /** Whether the resource has a status subresource and a scale of `spec.workers`. */
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

/** Runs kubectl commands on one object of one resource. */
export class KubectlContext {
  readonly kubectl: KubectlSession;
  readonly resource: WrittenResource;
  readonly name: string;
  constructor(kubectl: KubectlSession, resource: WrittenResource, name: string) {
    this.kubectl = kubectl;
    this.resource = resource;
    this.name = name;
  }

  /** The path of the collection on the server. */
  get path(): string {
    const { plural, namespace } = this.resource;
    return `/apis/example.com/v1/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;
  }

  /** The object as most commands print it: `customtask.example.com/NAME`. */
  get printedName(): string {
    return `${this.resource.kind.toLowerCase()}.example.com/${this.name}`;
  }

  /** The object as `kubectl delete` prints it. */
  get deletedName(): string {
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

  /** Runs `kubectl VERB …` in the namespace of the resource. */
  run(...args: string[]): Promise<string> {
    return this.kubectl.run(...this.args(args));
  }

  refused(...args: string[]): Promise<string> {
    return this.kubectl.refused(...this.args(args));
  }

  /** The arguments with the namespace of the resource. */
  args(args: readonly string[]): string[] {
    const { namespace } = this.resource;
    return namespace === undefined ? [...args] : ['-n', namespace, ...args];
  }

  create(spec?: object, metadata?: object): Promise<string> {
    return this.run('create', '-f', this.file(spec, metadata));
  }

  read(): Promise<Task> {
    return this.kubectl.json<Task>(...this.args(['get', this.resource.plural, this.name]));
  }
}

/** Printed by `kubectl -v=6` when its watch is open. */
export const WATCH_OPENED = /watch=(true|1)\b.*200 OK/;

export interface KubectlCommand {
  /** The title of the test: the command that it runs. */
  readonly title: string;
  /** The first minor version of kubectl that has this command. */
  readonly since?: number;
  /** Whether the command needs a resource with status and scale. */
  readonly needsSubresources?: true;
  test(context: KubectlContext): Promise<void>;
}
