/** The module of the installation: the resources of the demo, and `notes`, which tests of permissions read. */
import { kubefacet, resource } from 'kubefacet';
import { filter, identity, map } from 'kubefacet/projections';
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
      subresources: { text: { GET: (ctx, { metadata }) => (ctx.body = `text of ${metadata.name}`) } },
    },
    notes,
  );
  return {
    apis: [{ group: 'installed.example.com', version: 'v1', resources: [...demoResources(informers), noteResource] }],
  };
});
