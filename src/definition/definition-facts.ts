/**
 * The facts about a definition that follow from the definition itself, without a cluster: its APIs, and what its server needs.
 * @module
 */
import { nodeOf } from '../informers/collection/collection-node.ts';
import { type Collection, keepRunning } from '../informers/collection/collection.ts';
import { informerFactory, type KubeSource, type ListWatch, loadKubeConfig } from '../informers/index.ts';
import { type ApiParts, apiPartsOf, needsOf, readsNamespaces, readsRights } from '../server/define/api-definition.ts';
import { isStore } from '../server/define/custom-parts.ts';
import { type AccessRule, isCollection } from '../server/define/needs.ts';
import type { DefinitionContext, DefinitionOptions, ServerContent } from './definition.ts';

/** The facts about a definition. */
export interface DefinitionFacts {
  readonly apis: readonly ApiParts[];
  /** The sources that the server reads. */
  readonly sources: readonly SourceRead[];
  /** The rights for the sources of the rows, for the needs of code, and for the namespaces of custom resources. */
  readonly access: readonly AccessRule[];
  /** Whether a projection writes to its sources in the name of users. */
  readonly impersonates: boolean;
  /** Whether positions of a resource are valid on one replica only (scheme `local`). */
  readonly hasLocalViews: boolean;
  /** The resources whose objects one process only can use: `tasks.example.com`. */
  readonly singleProcess: readonly string[];
  /** The files of stores, as the definition names them. */
  readonly storeFiles: readonly string[];
}

/** A definition that can be evaluated. */
export interface EvaluatedDefinition {
  readonly options: DefinitionOptions;
  evaluate(context: DefinitionContext): Promise<ServerContent>;
}

/** Only a transport needs the address, and nothing sends a request. */
const NO_CLUSTER = `
apiVersion: v1
kind: Config
current-context: none
contexts: [{ name: none, context: { cluster: none, user: none } }]
clusters: [{ name: none, cluster: { server: "https://cluster.invalid" } }]
users: [{ name: none, user: {} }]
`;

/**
 * Evaluates a definition with informers that never read anything, and records which sources its rows and needs read.
 * @param namespaces the namespaces that the server reads; undefined for all
 * @throws ServerDefinitionError or TypeError if the APIs are invalid; and every error of the definition
 */
export async function factsOf(
  definition: EvaluatedDefinition,
  namespaces: readonly string[] | undefined,
): Promise<DefinitionFacts> {
  const lifetime = new AbortController();
  const reads: RecordedRead[] = [];
  // The factory adds the informer to all() after this call.
  const listWatch = <T>(source: KubeSource): ListWatch<T> =>
    new RecordingListWatch<T>({ source, informer: informers.all().length }, reads);
  const kubeConfig = await loadKubeConfig({ text: NO_CLUSTER });
  const informers = informerFactory({ ...definition.options, kubeConfig, namespaces, listWatch });
  try {
    const content = await definition.evaluate({ informers, signal: lifetime.signal });
    const apis = apiPartsOf(content.apis);
    const needs = needsOf(apis);
    const running = [...rowsOf(apis), ...needs.filter(isCollection)];
    if (readsNamespaces(apis)) running.push(informers.namespaces);
    if (readsRights(apis)) {
      const { roles, roleBindings, clusterRoles, clusterRoleBindings } = informers;
      running.push(roles, roleBindings, clusterRoles, clusterRoleBindings);
    }
    for (const collection of running) keepRunning(collection, lifetime.signal);
    // Reflectors send their first requests in a microtask after the subscription.
    await new Promise((resolve) => setImmediate(resolve));
    const areOptional = informers.all().map((informer) => nodeOf(informer).sources()[0]?.optional === true);
    const sources = reads.map((read): SourceRead => ({
      source: read.source,
      rule: ruleOf(read),
      isWatched: read.isWatched,
      isOptional: areOptional[read.informer] === true,
    }));
    return {
      apis,
      sources,
      access: [...sources.map(({ rule }) => rule), ...needs.filter((need): need is AccessRule => !isCollection(need))],
      ...servingFacts(apis),
    };
  } finally {
    lifetime.abort();
    await informers.close();
  }
}

/** A source that the server reads. */
export interface SourceRead {
  readonly source: KubeSource;
  /** The rights that it needs. */
  readonly rule: AccessRule;
  /** False for a source that is polled. */
  readonly isWatched: boolean;
  /** Whether the server can be ready without it. */
  readonly isOptional: boolean;
}

/** The first request for a source, and the index of its informer in `all()`. */
interface RecordedRead extends Pick<SourceRead, 'source' | 'isWatched'> {
  readonly informer: number;
}

/** A source that records the first request, and never responds. */
class RecordingListWatch<T> implements ListWatch<T> {
  readonly name: string;
  readonly #read: Omit<RecordedRead, 'isWatched'>;
  readonly #reads: RecordedRead[];

  constructor(read: Omit<RecordedRead, 'isWatched'>, reads: RecordedRead[]) {
    this.name = read.source.resource;
    this.#read = read;
    this.#reads = reads;
  }

  list(_options: unknown, signal: AbortSignal): Promise<never> {
    this.#reads.push({ ...this.#read, isWatched: false });
    return rejected(signal);
  }

  watch(_options: unknown, signal: AbortSignal): Promise<never> {
    this.#reads.push({ ...this.#read, isWatched: true });
    return rejected(signal);
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // The reason is that of the framework, which is an error.
    const end = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
  });
}

function ruleOf({ source, isWatched }: RecordedRead): AccessRule {
  const { group, resource, namespace, fieldSelector } = source;
  const [, name] = /^metadata\.name=([^,=!]+)$/.exec(fieldSelector ?? '') ?? [];
  return {
    group,
    resources: [resource],
    verbs: isWatched ? ['list', 'watch'] : ['list'],
    resourceNames: name === undefined ? undefined : [name],
    namespaces: namespace === undefined ? undefined : [namespace],
  };
}

function rowsOf(apis: readonly ApiParts[]): Collection<unknown>[] {
  return apis.flatMap(({ resources }) =>
    resources.flatMap((item) => (item.type === 'projection' && item.rows !== undefined ? [item.rows] : [])),
  );
}

function servingFacts(
  apis: readonly ApiParts[],
): Pick<DefinitionFacts, 'impersonates' | 'hasLocalViews' | 'singleProcess' | 'storeFiles'> {
  const resources = apis.flatMap(({ group, resources: items }) =>
    items.flatMap((item) => (item.type === 'raw' ? [] : [{ group, item }])),
  );
  const files = resources.flatMap(({ item: { custom } }) =>
    custom !== undefined && isStore(custom.backing) && custom.backing.file !== undefined ? [custom.backing.file] : [],
  );
  const isSingle = (backing: object): boolean => 'isSingleProcess' in backing && backing.isSingleProcess === true;
  return {
    impersonates: resources.some(({ item }) => item.write !== undefined),
    // The versions of handlers belong to the process, those of a store to the store.
    hasLocalViews: resources.some(({ item: { rows, custom } }) =>
      rows === undefined ? !('open' in (custom?.backing ?? {})) : nodeOf(rows).lineage === undefined,
    ),
    singleProcess: resources.flatMap(({ group, item }) =>
      item.custom !== undefined && isSingle(item.custom.backing) ? [`${item.definition.plural}.${group}`] : [],
    ),
    storeFiles: Array.from(new Set(files)),
  };
}
