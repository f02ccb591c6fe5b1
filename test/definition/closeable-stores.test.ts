import { expect } from 'chai';
import { closeableStores } from '../../src/definition/closeable-stores.ts';
import { rawEndpoint, resource } from '../../src/server/index.ts';
import { memoryStore } from '../../src/stores/index.ts';

const tasks = (plural: string) => ({ kind: `Kind${plural}`, plural, namespaced: false }) as const;

describe('closeableStores()', () => {
  it('returns each store with close() once, and neither handlers nor other stores', () => {
    const closeable = { ...memoryStore(), close: () => Promise.resolve() };
    const apis = ['v1', 'v2'].map((version) => ({
      group: 'example.com',
      version,
      resources: [
        resource(tasks('shared'), closeable),
        resource(tasks('kept'), memoryStore()),
        resource(tasks('handled'), { list: () => [], close: () => undefined } as { list: () => [] }),
        rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } } }),
      ],
    }));
    expect(closeableStores(apis)).to.deep.equal([closeable]);
  });
});
