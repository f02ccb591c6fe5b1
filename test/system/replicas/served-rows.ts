/**
 * The module that the replicas serve: each pod as a row of a view of scheme `upstream` (`upstreamrows`), and of one of scheme `local`
 * (`localrows`), because it is joined with its node. Another value of the variable `ROWS_VERSION` changes the rows, as new code does.
 */
import { identity, kubefacet, leftJoin, map, resource } from 'kubefacet';

const version = process.env['ROWS_VERSION'] ?? '1';

export default kubefacet(({ informers }) => {
  const upstream = informers.pods.pipe(
    map((pod) => ({
      metadata: identity(pod),
      spec: { sequence: Number(pod.metadata?.annotations?.['sequence']), version },
    })),
  );
  const local = informers.pods.pipe(
    leftJoin(
      informers.nodes,
      (pod) => pod.spec?.nodeName,
      (pod, node) => ({
        metadata: identity(pod),
        spec: { sequence: Number(pod.metadata?.annotations?.['sequence']), version, node: node?.metadata?.name },
      }),
    ),
  );
  // The text of the functions does not contain the value of the variable, so it is part of `revision`.
  const definition = { namespaced: true, revision: version };
  const resources = [
    resource({ ...definition, kind: 'UpstreamRow', plural: 'upstreamrows' }, upstream),
    resource({ ...definition, kind: 'LocalRow', plural: 'localrows' }, local),
  ];
  return { apis: [{ group: 'example.com', version: 'v1', resources }] };
});
