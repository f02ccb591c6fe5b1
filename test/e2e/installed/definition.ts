/**
 * The module of the installation: the resources of the demo, `notes`, which tests of permissions read and write, and `memos`, which show each
 * user the namespaces that it may read.
 */
import { kubefacet, resource } from 'kubefacet';
import { filter, identity, map } from 'kubefacet/projections';
import { mergePatchOf } from 'kubefacet/server';
import { demoResources } from '../../../examples/demo-resources.ts';

export default kubefacet(({ informers }) => {
  const notes = informers.configMaps.pipe(
    filter(({ metadata }) => metadata?.name?.startsWith('note-') === true),
    map((configMap) => ({ metadata: identity(configMap), text: configMap.data?.['text'] })),
  );
  const noteResource = resource(
    {
      kind: 'Note',
      plural: 'notes',
      namespaced: true,
      write: {
        fields: ['metadata.labels'],
        patch: ({ current, wanted }) => ({
          patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } },
        }),
      },
      subresources: { text: { GET: (ctx, { metadata }) => (ctx.body = `text of ${metadata.name}`) } },
    },
    notes,
  );
  const memos = informers.configMaps.pipe(
    filter(({ metadata }) => metadata?.name?.startsWith('memo-') === true),
    map((configMap) => ({ metadata: identity(configMap) })),
  );
  const memoResource = resource({ kind: 'Memo', plural: 'memos', namespaced: true, authorize: 'rows' }, memos);
  const resources = [...demoResources(informers), noteResource, memoResource];
  return { apis: [{ group: 'installed.example.com', version: 'v1', resources }] };
});
