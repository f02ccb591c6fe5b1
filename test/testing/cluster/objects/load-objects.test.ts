import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import {
  DuplicateObjectError,
  loadObjects,
  LoadObjectsError,
  UnknownKindError,
} from '../../../../src/testing/cluster/objects/load-objects.ts';
import type { LoadObjectsOptions } from '../../../../src/testing/cluster/objects/load-objects.ts';
import { putObjects } from '../../../../src/testing/cluster/objects/put-objects.ts';
import { storage } from '../../../../src/testing/cluster/storage/storage.ts';
import { widgets } from '../support/without-socket.ts';

describe('loadObjects()', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'load-objects-'))));
  afterEach(async () => await rm(directory, { recursive: true }));

  const write = async (files: Readonly<Record<string, unknown>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    }
  };
  const loaded = async (
    files: Readonly<Record<string, unknown>>,
    options?: LoadObjectsOptions,
  ): Promise<readonly string[]> => {
    await write(files);
    const objects = await loadObjects(directory, options);
    return objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata?.name}`);
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } };

  for (const [what, files, expected] of [
    ['an object of a JSON file', { 'a.json': pod }, ['v1 Pod web']],
    [
      'all documents of a YAML file',
      { 'a.yaml': '---\nkind: Pod\nmetadata: {name: a}\n---\n---\nkind: Node\nmetadata: {name: b}\n' },
      ['v1 Pod a', 'v1 Node b'],
    ],
    [
      'a List',
      {
        'a.yml':
          'kind: List\napiVersion: v1\nitems:\n- {kind: Pod, metadata: {name: a}}\n- {kind: Node, metadata: {name: b}}\n',
      },
      ['v1 Pod a', 'v1 Node b'],
    ],
    [
      'a typed list with items without kind',
      { 'a.json': { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [{ metadata: { name: 'a' } }] } },
      ['apps/v1 Deployment a'],
    ],
    ['an empty list', { 'a.json': { apiVersion: 'v1', kind: 'List', items: [] } }, []],
    ['an object without kind, by its folder', { 'dump/pods/a.json': { metadata: { name: 'a' } } }, ['v1 Pod a']],
    [
      'an object without kind, by the nearest of its folders',
      { 'nodes/pods/shop/a.json': { metadata: { name: 'a' } } },
      ['v1 Pod a'],
    ],
    [
      'files in the order of their paths, without other files',
      { 'b.json': pod, 'a.yaml': 'kind: Node\nmetadata: {name: n}', 'README.md': 'x' },
      ['v1 Node n', 'v1 Pod web'],
    ],
  ] as const)
    it(`reads ${what}`, async () => {
      expect(await loaded(files)).to.deep.equal(expected);
    });

  it('reads a single file and uses the name of its folder', async () => {
    await write({ 'pods/a.json': { metadata: { name: 'a' } } });
    expect((await loadObjects(join(directory, 'pods', 'a.json')))[0]?.kind).to.equal('Pod');
    expect((await loadObjects(join(directory, 'pods')))[0]?.kind).to.equal('Pod');
  });

  it('reads objects of the given kinds', async () => {
    const files = { 'a.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}' };
    expect(await loaded(files, { kinds: [...coreKinds, widgets] })).to.deep.equal(['example.com/v1 Widget w']);
  });

  it('returns objects unchanged', async () => {
    const whole = {
      ...pod,
      metadata: {
        name: 'web',
        uid: 'u',
        resourceVersion: '5',
        creationTimestamp: '2021-07-07T11:32:20Z',
        managedFields: [{ manager: 'm', time: '2021-07-07T11:32:20Z' }],
      },
      status: { phase: 'Running' },
    };
    await write({ 'a.json': whole });
    expect(await loadObjects(directory)).to.deep.equal([whole]);
  });

  it('reads timestamps in YAML as texts', async () => {
    await write({ 'a.yaml': 'kind: Pod\nmetadata: {name: a, creationTimestamp: 2021-07-07T11:32:20Z}' });
    expect((await loadObjects(directory))[0]?.metadata?.creationTimestamp).to.equal('2021-07-07T11:32:20Z');
  });

  for (const [what, file, content, message] of [
    ['broken JSON', 'a.json', '{"kind": ', /a\.json: the file is not valid JSON: /],
    [
      'an integer above 2^53',
      'a.json',
      '{"kind":"Pod","spec":{"at":9007199254740993}}',
      /a\.json: spec\.at is an integer above 2\^53/,
    ],
    [
      'an integer above 2^53 in YAML',
      'a.yaml',
      'kind: Pod\nspec: {at: [1, 9007199254740993]}',
      /spec\.at\[1\] is an integer above 2\^53/,
    ],
    ['broken YAML', 'a.yaml', 'kind: Pod\n---\na: [1\n', /a\.yaml, document 2: the document is not valid YAML: /],
    ['something that is not an object', 'a.yaml', '- 1\n', /a\.yaml: the document is not an object$/],
    [
      'an item that is not an object',
      'a.json',
      { kind: 'List', items: [pod, 5] },
      /a\.json, item 2: the document is not an object$/,
    ],
    ['a list without items', 'a.json', { kind: 'PodList' }, /a\.json: the PodList has no items$/],
    [
      'an object without a name',
      'a.yaml',
      'kind: Pod\n---\nkind: Pod\nmetadata: {}\n',
      /document 1: the object has no metadata\.name$/,
    ],
    [
      'an object without kind and folder',
      'a.json',
      { metadata: { name: 'a' } },
      /a\.json: object a has no kind\. Add `kind`, or put the file into a folder that is named after a resource, such as pods\/$/,
    ],
    ['an unknown kind', 'a.json', { ...pod, kind: 'Pot' }, /a\.json: Pot web: the kind Pot in v1 is unknown$/],
    ['an unknown version', 'a.json', { ...pod, apiVersion: 'v7' }, /the kind Pod in v7 is unknown/],
    [
      'a custom resource',
      'a.yaml',
      'kind: Pod\nmetadata: {name: a}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\n',
      /a\.yaml, document 2: Widget shop\/w: the kind Widget in example\.com\/v1 is unknown$/,
    ],
    [
      'an object that occurs twice',
      'a.yaml',
      'kind: Pod\nmetadata: {name: a}\n---\nkind: Node\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: a, namespace: default}\n',
      /a\.yaml, document 3: Pod default\/a is also in .*a\.yaml, document 1\. Remove one of them$/,
    ],
  ] as const)
    it(`rejects ${what} with file and place`, async () => {
      const error = await loaded({ [file]: content }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(LoadObjectsError);
      expect((error as LoadObjectsError).message).to.match(message);
      expect((error as LoadObjectsError).file).to.equal(join(directory, file));
      expect(error instanceof UnknownKindError).to.equal(/unknown (kind|version)|custom/.test(what));
    });
});

describe('loadObjects() with duplicates', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'load-objects-'))));
  afterEach(async () => await rm(directory, { recursive: true }));

  const failure = async (work: () => unknown): Promise<unknown> => {
    try {
      await work();
    } catch (error) {
      return error;
    }
    throw new Error('it did not fail');
  };

  it('names both files', async () => {
    const pods = {
      kind: 'PodList',
      apiVersion: 'v1',
      items: [{ metadata: { name: 'x' } }, { metadata: { name: 'web' } }],
    };
    await writeFile(join(directory, 'a.json'), JSON.stringify(pods));
    await writeFile(join(directory, 'b.yaml'), 'kind: Pod\nmetadata: {name: web}\n');
    const error = await failure(() => loadObjects(directory));
    expect(error).to.be.instanceOf(DuplicateObjectError);
    const [first, second] = [join(directory, 'a.json'), join(directory, 'b.yaml')];
    expect((error as Error).message).to.equal(`${second}: Pod web is also in ${first}, item 2. Remove one of them`);
  });

  it('accepts the same name in other namespaces and kinds', async () => {
    const documents = ['Pod a', 'Pod b', 'Service a'].map((text) => {
      const [kind, namespace] = text.split(' ');
      return `kind: ${kind}\nmetadata: {name: web, namespace: ${namespace}}\n`;
    });
    await writeFile(join(directory, 'a.yaml'), documents.join('---\n'));
    expect(await loadObjects(directory)).to.have.length(3);
  });

  it('keeps the first of several equal namespaces', async () => {
    const documents = ['a', 'b'].map((label) => `kind: Namespace\nmetadata: {name: shop, labels: {l: ${label}}}\n`);
    await writeFile(join(directory, 'a.yaml'), documents.join('---\n'));
    expect((await loadObjects(directory)).map(({ metadata }) => metadata?.labels?.['l'])).to.deep.equal(['a']);
  });

  it('names the place of an object that putObjects() cannot store', async () => {
    const store = storage({ kinds: coreKinds });
    store.create('configmaps', { metadata: { name: 'own', namespace: 'kube-system' } });
    const file = join(directory, 'a.yaml');
    for (const [document, message] of [
      [
        'kind: ConfigMap\nmetadata: {name: own, namespace: kube-system}',
        /: configmaps "own" already exists\. The cluster creates this object itself; remove it$/,
      ],
      ['kind: Pod\nmetadata: {name: Web}', /: Pod "Web" is invalid: metadata\.name/],
      ['kind: Namespace\nmetadata: {name: a_b}', /: Namespace "a_b" is invalid: metadata\.name/],
    ] as const) {
      await writeFile(file, `kind: Node\nmetadata: {name: n${message.source.length}}\n---\n${document}\n`);
      const objects = await loadObjects(file);
      const error = await failure(() => putObjects(store, objects));
      expect(error).to.be.instanceOf(LoadObjectsError);
      expect((error as Error).message)
        .to.match(message)
        .and.satisfy((text: string) => text.startsWith(`${file}, document 2: `));
    }
  });
});

describe('putObjects()', () => {
  it('creates objects unchanged with new resourceVersions, and their namespaces', () => {
    const store = storage({ kinds: coreKinds });
    const metadata = {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      creationTimestamp: '2021-07-07T11:32:20Z',
      resourceVersion: '7',
    };
    putObjects(store, [{ apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Failed' } } as object]);
    expect(store.get('namespaces', 'shop')?.['status']).to.deep.equal({ phase: 'Active' });
    const pod = store.get('pods', 'shop/web');
    expect(pod?.['status']).to.deep.equal({ phase: 'Failed' });
    expect(pod?.metadata).to.include({ uid: 'u', creationTimestamp: '2021-07-07T11:32:20Z' });
    expect(pod?.metadata.resourceVersion).to.equal(String(store.revision));
  });

  it('creates given namespaces before their contents, and keeps existing ones', () => {
    const store = storage({ kinds: coreKinds });
    const before = store.get('namespaces', 'default');
    const namespace = (name: string): object => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { a: 'b' } },
    });
    putObjects(store, [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } },
      namespace('shop'),
      namespace('default'),
    ]);
    expect(store.get('namespaces', 'shop')?.metadata.labels).to.include({ a: 'b' });
    expect(store.get('namespaces', 'default')).to.equal(before);
  });

  it('refuses unknown kinds before it creates anything', () => {
    const store = storage({ kinds: coreKinds });
    const before = store.revision;
    const objects = [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
    ];
    expect(() => putObjects(store, objects)).to.throw(
      RangeError,
      /does not serve the kind Widget in example\.com\/v1 of the object w\./,
    );
    expect(store.revision).to.equal(before);
  });
});
