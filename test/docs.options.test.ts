/** The pages have a row for each option of the interfaces in the source. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** The section of a page for each interface. The page is docs/options.md unless the section names another one. */
const SECTIONS: readonly (readonly [section: string, file: string, ...interfaces: string[]])[] = [
  ['## apiServer', 'src/server/server-options.ts', 'ApiServerOptions'],
  ['### apis', 'src/server/define/api-definition.ts', 'ApiDefinition'],
  ['### limits', 'src/server/wire/limits.ts', 'Limits'],
  ['### shutdown', 'src/server/server-options.ts', 'ShutdownOptions'],
  ['## listen', 'src/server/server-options.ts', 'ListenOptions'],
  ['## informerFactory', 'src/informers/informer-options.ts', 'InformerFactoryOptions'],
  ['### transport', 'src/informers/kube-transport.ts', 'KubeTransportOptions'],
  ['### of', 'src/informers/informer-options.ts', 'SourceSelection', 'InformerOptions'],
  ['## loadKubeConfig', 'src/informers/kube-config.ts', 'LoadKubeConfigOptions'],
  ['## memoryStore', 'src/stores/memory/memory-store.ts', 'MemoryStoreOptions'],
  ['## sqliteStore', 'src/stores/sqlite/sqlite-store.ts', 'SqliteStoreOptions'],
  ['## etcdStore', 'src/stores/etcd/etcd-store.ts', 'EtcdStoreOptions'],
  ['resources.md ## The definition', 'src/server/define/resource-definition.ts', 'ResourceDefinition'],
];

/** Returns the names of the properties of an interface. @throws Error if the text has no such interface */
function propertiesOf(text: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name}\\b.*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1];
  if (body === undefined) throw new Error(`there is no interface ${name}`);
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, property = '']) => property);
}

/** Returns the names of the options in the table below a heading. */
function optionsBelow(page: string, heading: string): string[] {
  const [, after = ''] = page.split(`\n${heading}\n`);
  const [section = ''] = after.split(/^#/m);
  const cells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, option = '']) => option));
}

describe('the tables of options', () => {
  for (const [section, file, ...names] of SECTIONS) {
    const [, page = 'options.md', heading = ''] = /^(?:(\S+\.md) )?(#+ .*)$/.exec(section) ?? [];
    it(`docs/${page} has exactly the options of ${names.join(' and ')}`, () => {
      const properties = names.flatMap((name) => propertiesOf(textOf(file), name));
      expect(properties).to.not.deep.equal([]);
      expect(optionsBelow(textOf(`docs/${page}`), heading)).to.have.members(properties);
    });
  }
});

describe('propertiesOf()', () => {
  it('finds the properties of one interface only', () => {
    const text =
      'export interface A {\n  readonly one: string;\n  two?: { readonly three: number };\n}\nexport interface B {\n  four: 1;\n}\n';
    expect(propertiesOf(text, 'A')).to.deep.equal(['one', 'two']);
  });
});
