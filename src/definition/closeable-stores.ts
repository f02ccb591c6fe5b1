/**
 * The stores of a definition that have something to close, such as a file.
 * @module
 */
import type { ApiDefinition } from '../server/index.ts';
import { apiPartsOf } from '../server/define/api-definition.ts';

/** A store that can be closed. */
export interface CloseableStore {
  close(): Promise<void>;
}

/**
 * Returns the stores of the APIs that have `close()`, each once.
 * @throws ServerDefinitionError if the APIs are invalid
 */
export function closeableStores(apis: readonly ApiDefinition[]): CloseableStore[] {
  const stores = new Set<CloseableStore>();
  for (const { resources } of apiPartsOf(apis)) {
    for (const item of resources) {
      const backing = item.type === 'custom' ? item.custom?.backing : undefined;
      if (backing !== undefined && isCloseable(backing)) stores.add(backing);
    }
  }
  return Array.from(stores);
}

/** Handlers are no store: the module ends them with its signal. */
function isCloseable(backing: object): backing is CloseableStore {
  return 'open' in backing && 'close' in backing && typeof backing.close === 'function';
}
