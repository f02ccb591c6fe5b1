/**
 * The volume for the files of stores.
 * @module
 */
import { posix } from 'node:path';
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import type { V1PersistentVolumeClaim } from '../../informers/index.ts';
import { CliError } from '../cli-error.ts';
import { bytesText } from '../settings/setting.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';

/** Folders that are a part of the image or of the pod. A volume would hide their content, or they are lost with the pod. */
const TAKEN: ReadonlySet<string> = new Set(['/', '/tmp', '/tls']);

/**
 * Returns the folder of the files of stores, where the volume is mounted; undefined without such files.
 * @throws CliError for a relative path, for files in several folders, and for a folder that is in use for something else
 */
export function storeFolder({ storeFiles }: Pick<DefinitionFacts, 'storeFiles'>): string | undefined {
  for (const file of storeFiles) {
    if (posix.isAbsolute(file)) continue;
    throw new CliError(
      `sqliteStore: the path ${file} is relative; use an absolute one, such as /data/${posix.basename(file)}`,
      1,
    );
  }
  const [folder, ...more] = new Set(storeFiles.map((file) => posix.dirname(posix.normalize(file))));
  if (more.length > 0) {
    throw new CliError(
      `sqliteStore: the files are in the folders ${folder} and ${more.join(', ')}; keep them in one folder`,
      1,
    );
  }
  if (folder !== undefined && TAKEN.has(folder)) {
    throw new CliError(
      `sqliteStore: no volume can be mounted at ${folder}; keep the file in another folder, such as /data`,
      1,
    );
  }
  return folder;
}

/** Returns the name of the claim. */
export function claimName({ name }: Pick<Deployed, 'name'>): string {
  return `${name}-data`;
}

/** Returns the claim for the volume. */
export function claimObject(deployed: Deployed): V1PersistentVolumeClaim {
  const { namespace, storage, storageClass } = deployed;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claimName(deployed), namespace, labels: labelsOf(deployed) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: bytesText(storage) } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
    },
  };
}
