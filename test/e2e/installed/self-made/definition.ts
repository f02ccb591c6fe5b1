/** The module of the servers that make their certificate. */
import { kubefacet, resource } from 'kubefacet';
import { filter, identity, map } from 'kubefacet/projections';

export default kubefacet(({ informers }) => {
  const notes = informers.configMaps.pipe(
    filter(({ metadata }) => metadata?.name?.startsWith('note-') === true),
    map((configMap) => ({ metadata: identity(configMap) })),
  );
  const resources = [resource({ kind: 'Note', plural: 'notes', namespaced: true }, notes)];
  return { apis: [{ group: 'self-made.example.com', version: 'v1', resources }] };
});
