/** The module under load: large rows of pods, and notes that clients write. */
import { identity, kubefacet, map, resource } from 'kubefacet';
import { memoryStore } from 'kubefacet/stores';

interface Note {
  readonly metadata: { readonly name: string };
  readonly text: string;
}

export default kubefacet(({ informers }) => {
  const rows = informers.pods.pipe(map((pod) => ({ metadata: identity(pod), text: 'x'.repeat(4000) })));
  const resources = [
    resource({ kind: 'LargeRow', plural: 'largerows', namespaced: true }, rows),
    resource<Note>({ kind: 'Note', plural: 'notes', namespaced: false }, memoryStore()),
  ];
  return { apis: [{ group: 'example.com', version: 'v1', resources }] };
});
