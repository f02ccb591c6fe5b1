import { objectStoreSuite } from '../object-store.suite.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('sqliteStore() and the contract of stores', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  objectStoreSuite({ name: 'sqliteStore()', open: () => files.open(), histories: 30 });
});
