/**
 * The parameters of the checks, and the facts that earlier checks leave for later ones.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import type { KubeTransport, V1Service } from '../../informers/index.ts';
import type { ConfigMapLike } from '../../server/index.ts';
import type { QualifiedName, RegisteredApi } from './registration.ts';

/** A host and a port. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** The parameters of a diagnosis. */
export interface DoctorOptions {
  /** The path of the module; undefined: only the checks of the cluster. */
  readonly modulePath: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespaces: readonly string[] | undefined;
  /** The account that the server uses. Undefined: the user of the kubeconfig. */
  readonly serviceAccount: QualifiedName | undefined;
  /** The address of the server. Undefined: that of its Service, if it can be reached from here. */
  readonly serverAddress: ServerAddress | undefined;
  /** The file of the serving certificate. Undefined: the certificate that the server presents. */
  readonly certFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** The findings of checks, for the checks after them. */
interface Facts {
  readonly transport: KubeTransport;
  /** The name of the user of the kubeconfig; empty if the cluster does not say it. */
  readonly user: string;
  readonly module: DefinitionFacts;
  readonly configMap: ConfigMapLike;
  readonly registrations: readonly RegisteredApi[];
  /** By `NAMESPACE/NAME`. */
  readonly services: ReadonlyMap<string, V1Service>;
}

/** The options, and the facts so far. */
export class DoctorContext {
  readonly options: DoctorOptions;
  readonly #facts = new Map<string, unknown>();

  constructor(options: DoctorOptions) {
    this.options = options;
  }

  /** Keeps a fact for later checks. */
  set<Name extends keyof Facts>(name: Name, fact: Facts[Name]): void {
    this.#facts.set(name, fact);
  }

  /** Returns a fact, or undefined if no check has found it out. */
  find<Name extends keyof Facts>(name: Name): Facts[Name] | undefined {
    return this.#facts.get(name) as Facts[Name] | undefined;
  }

  /** Returns a fact of a check that the caller needs. @throws Error if the check is not among its `needs` */
  get<Name extends keyof Facts>(name: Name): Facts[Name] {
    if (!this.#facts.has(name)) throw new Error(`no check before has found out "${name}"; add its check to needs`);
    return this.#facts.get(name) as Facts[Name];
  }

  /** The connection to the API server. */
  get transport(): KubeTransport {
    return this.get('transport');
  }
}
