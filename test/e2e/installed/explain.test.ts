/** The subresource explain through the aggregator of a real cluster: RBAC decides about it, and about each source object that it shows. */
import { expect } from 'chai';
import { kubectl } from '../kubectl.ts';
import { type Caller, GROUP, installation, type Installation, until } from './installation.ts';
import { configMap, grant, namespaceNamed } from './roles.ts';

const NAMESPACE = 'explained';
const NOTES = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/notes`;
const USERS = ['explainer', 'stranger', 'outsider'] as const;

/** An object of an explanation. */
interface Explained {
  readonly origins?: readonly Explained[];
}

describe('the subresource explain, in a cluster with RBAC', function () {
  this.timeout(300_000);
  let installed: Installation;
  let callers: Readonly<Record<(typeof USERS)[number], Caller>>;
  const explain = (user: (typeof USERS)[number], name: string): Promise<string> =>
    kubectl(callers[user].aggregated.kubeConfig, ['get', '--raw', `${NOTES}/${name}/explain`]).catch((error: unknown) =>
      String(error),
    );

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    const entries = USERS.map(async (name) => [name, await installed.caller(`explain-${name}`)] as const);
    callers = Object.fromEntries(await Promise.all(entries)) as typeof callers;
    const [explainer, stranger, outsider] = USERS.map((name) => `explain-${name}`) as [string, string, string];
    await installed.upstream.apply(
      namespaceNamed(NAMESPACE),
      // A filter of the projection removes the second one.
      configMap(NAMESPACE, 'note-one'),
      configMap(NAMESPACE, 'other'),
      ...grant('rows', [outsider], { group: GROUP, resource: 'notes' }, NAMESPACE),
      ...grant('explanations', [explainer, stranger], { group: GROUP, resource: 'notes/explain' }, NAMESPACE),
      ...grant('sources', [explainer, outsider], { resource: 'configmaps', verbs: ['get'] }, NAMESPACE),
    );
    // The kube-apiserver has noticed the last binding, and the server the object. A decision is kept for ten seconds.
    await until(async () => (await callers.outsider.aggregated.get(`${NOTES}/note-one`)).status === 200);
    await until(async () => (await explain('explainer', 'note-one')).includes('resourceVersion'));
  });

  it('shows the source object to a user who may get both', async () => {
    const { row } = JSON.parse(await explain('explainer', 'note-one')) as { readonly row: Explained };
    let source = row;
    while (source.origins?.[0] !== undefined) [source] = source.origins;
    const args = ['-n', NAMESPACE, 'get', 'configmap', 'note-one', '-o', 'json'];
    const { metadata } = JSON.parse(await installed.upstream.kubectl(...args)) as { readonly metadata: object };
    expect(source).to.deep.equal({
      source: { group: '', version: 'v1', resource: 'configmaps' },
      ...pick(metadata, 'namespace', 'name', 'uid', 'resourceVersion'),
      present: true,
    });
  });

  it('is refused without the right to get it, also to a user who may get the row and its source', async () => {
    expect(await explain('outsider', 'note-one')).to.contain(
      `User "explain-outsider" cannot get resource "notes/explain" in API group "${GROUP}" in the namespace "explained"`,
    );
  });

  it('hides each source object that the user may not get', async () => {
    expect(await explain('stranger', 'note-one'))
      .to.contain('"hidden":true')
      .and.not.contain('uid')
      .and.not.contain('resourceVersion');
  });

  it('shows why there is no row only to users who may get its source object', async () => {
    const { row } = JSON.parse(await explain('explainer', 'other')) as { readonly row: { readonly present: boolean } };
    expect(row.present).to.equal(false);
    const [hidden, missing] = await Promise.all([explain('stranger', 'other'), explain('stranger', 'missing')]);
    expect(hidden).to.contain('(NotFound)');
    expect(hidden.replaceAll('other', 'missing')).to.equal(missing);
  });
});

function pick(object: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}
