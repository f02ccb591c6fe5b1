/** Facts about a definition and options of a deployment, for the tests of manifests. */
import { readFlags } from '../../../src/cli/settings/read-settings.ts';
import { type Deployed, MANIFEST_OPTIONS } from '../../../src/cli/manifests/manifest-options.ts';
import { type DefinitionFacts, factsOf } from '../../../src/definition/definition-facts.ts';
import { definitionParts, type DefineServer, kubefacet } from '../../../src/definition/definition.ts';

/** Returns the facts about the definition of a function. */
export function factsAbout(define: DefineServer, namespaces?: readonly string[]): Promise<DefinitionFacts> {
  return factsOf(definitionParts(kubefacet(define)), namespaces);
}

/** Returns the options of `manifests` with their defaults. */
export function deployedWith(options: Partial<Deployed> = {}): Deployed {
  const { values } = readFlags(MANIFEST_OPTIONS, []);
  const names = { name: 'mine', namespace: 'apps', image: 'registry.example/mine:1', tlsSecret: 'mine-tls' };
  const memory = 2 ** 29;
  const tls = 'self-made';
  return { ...values, ...names, tls, memory, module: 'server.ts', ca: undefined, impersonateGroups: [], ...options };
}
