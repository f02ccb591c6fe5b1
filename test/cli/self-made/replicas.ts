/** Replicas of a server with a self-made certificate, over a fake cluster whose requests the test can hold back. */
import { X509Certificate } from 'node:crypto';
import { type SharedObjects, sharedObjects, type Write } from '../../../src/cli/self-made/shared-objects.ts';
import { SelfMadeCertificate } from '../../../src/cli/self-made/self-made-certificate.ts';
import { casIn, type StoredCas } from '../../../src/cli/self-made/stored-cas.ts';
import {
  KubeTransport,
  loadKubeConfig,
  type V1APIService,
  type V1Lease,
  type V1Secret,
} from '../../../src/informers/index.ts';
import type { KubernetesObject } from '../../../src/server/wire/object.ts';
import { mergePatch } from '../../../src/server/wire/patch.ts';
import { ApiError } from '../../../src/server/wire/status.ts';
import { storage as newStorage, type Storage } from '../../../src/testing/cluster/storage/storage.ts';
import { coreKinds, FakeClock, fakeCluster } from '../../../src/testing/index.ts';
import { RecordedLog } from '../../support/test-server.ts';

export const SERVICE = { namespace: 'apps', name: 'mine' };
export const API_SERVICES = ['v1.a.example', 'v1.b.example'] as const;

/** The names of the resources in storage. */
export const RESOURCES = {
  secrets: 'secrets',
  leases: 'leases.coordination.k8s.io',
  apiServices: 'apiservices.apiregistration.k8s.io',
} as const;

/** What happens to a request that a replica sends. */
export type Fate = 'reaches the cluster' | 'is lost' | 'loses its response';

/** Returns the fate of the next request of a replica, when it may be sent. */
export type Gate = () => Promise<Fate>;

/** A cluster with the APIServices of the server, and a clock for its replicas. */
export class SelfMadeRig implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly log = new RecordedLog();
  readonly storage: Storage;
  readonly #objects: SharedObjects;
  readonly #close: () => Promise<void>;

  private constructor(storage: Storage, objects: SharedObjects, close: () => Promise<void>) {
    this.storage = storage;
    this.#objects = objects;
    this.#close = close;
    for (const name of API_SERVICES) storage.create(RESOURCES.apiServices, apiService(name));
  }

  /** Returns a rig with a cluster over HTTPS. */
  static async started(): Promise<SelfMadeRig> {
    const cluster = await fakeCluster({
      objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SERVICE.namespace } }],
      // Its controllers would write the status of APIServices at random times.
      clock: new FakeClock(),
    });
    const kubeConfig = await loadKubeConfig({ text: await cluster.kubeConfigFor() });
    const transport = new KubeTransport(kubeConfig);
    const objects = sharedObjects(transport, new AbortController().signal);
    return new SelfMadeRig(cluster.storage, objects, async () => {
      await transport.close();
      await cluster.close();
    });
  }

  /** Returns a rig whose requests go to the storage of a cluster directly, for long histories. */
  static inMemory(): SelfMadeRig {
    const objects = newStorage({ kinds: coreKinds, namespaces: [SERVICE.namespace] });
    return new SelfMadeRig(objects, storedObjects(objects), () => Promise.resolve());
  }

  /** Returns the objects of the cluster. Without a gate, all requests reach the cluster at once. */
  objects(gate?: Gate): SharedObjects {
    return gate === undefined ? this.#objects : gated(this.#objects, gate);
  }

  /** Returns a replica. */
  replica(identity: string, gate?: Gate): SelfMadeCertificate {
    const { clock, log } = this;
    return new SelfMadeCertificate({
      objects: this.objects(gate),
      service: SERVICE,
      apiServices: API_SERVICES,
      identity,
      clock,
      log,
    });
  }

  get secret(): V1Secret | undefined {
    return this.storage.get(RESOURCES.secrets, 'apps/mine-ca') as V1Secret | undefined;
  }

  get cas(): StoredCas | undefined {
    return this.secret === undefined ? undefined : casIn(this.secret);
  }

  get lease(): V1Lease | undefined {
    return this.storage.get(RESOURCES.leases, 'apps/mine-ca') as V1Lease | undefined;
  }

  /** Returns the certificates that an APIService trusts. */
  bundle(name: (typeof API_SERVICES)[number]): X509Certificate[] {
    const object = this.storage.get(RESOURCES.apiServices, name) as V1APIService | undefined;
    const text = Buffer.from(object?.spec?.caBundle ?? '', 'base64').toString();
    return (text.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? []).map((pem) => new X509Certificate(pem));
  }

  /** Applies an APIService without its `caBundle`, as an administrator may do. */
  forget(name: (typeof API_SERVICES)[number]): void {
    this.storage.update(RESOURCES.apiServices, apiService(name));
  }

  /** Whether an APIService trusts a certificate of a replica. */
  trusts(name: (typeof API_SERVICES)[number], cert: string | Buffer): boolean {
    const served = new X509Certificate(cert);
    return this.bundle(name).some((ca) => served.checkIssued(ca) && served.verify(ca.publicKey) && !this.isExpired(ca));
  }

  isExpired(certificate: X509Certificate): boolean {
    return certificate.validToDate.getTime() <= this.clock.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function apiService(name: string): V1APIService {
  const [version = '', ...group] = name.split('.');
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      group: group.join('.'),
      version,
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      service: { ...SERVICE, port: 443 },
    },
  };
}

/** Holds back each request until the gate lets it through. */
function gated(objects: SharedObjects, gate: Gate): SharedObjects {
  const send = async <T>(request: () => Promise<T>): Promise<T> => {
    const fate = await gate();
    if (fate === 'is lost') throw new Error('the request was lost');
    const result = await request();
    if (fate === 'loses its response') throw new Error('the response was lost');
    return result;
  };
  return {
    get: (path) => send(() => objects.get(path)),
    create: (path, object) => send(() => objects.create(path, object)),
    update: (path, object) => send(() => objects.update(path, object)),
    patch: (path, patch) => send(() => objects.patch(path, patch)),
  };
}

/** Sends requests to a storage, as the HTTP routes of the cluster do. */
function storedObjects(objects: Storage): SharedObjects {
  /** `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME`, with the parts that the path has. */
  const target = (path: string) => {
    const [, group, namespace, plural = '', name = ''] =
      /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    return {
      resource: group === undefined ? plural : `${plural}.${group}`,
      key: namespace === undefined ? name : `${namespace}/${name}`,
    };
  };
  const write = <T>(run: () => unknown): Write<T> => {
    try {
      return { type: 'done', object: run() as T };
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return { type: 'conflict' };
      throw error;
    }
  };
  const writer = { writer: 'client', part: 'main' } as const;
  return {
    get: async <T>(path: string) => {
      const { resource, key } = target(path);
      return objects.get(resource, key) as T | undefined;
    },
    create: async (path, object) => write(() => objects.create(target(path).resource, object as KubernetesObject)),
    update: async (path, object) =>
      write(() => objects.update(target(path).resource, object as KubernetesObject, writer)),
    patch: async (path, patch) =>
      write(() => {
        const { resource, key } = target(path);
        return objects.update(resource, mergePatch(objects.get(resource, key), patch) as KubernetesObject, writer);
      }),
  };
}
