/** Who keeps an object going, as its owner references say. */
import type { V1ObjectMeta } from 'kubefacet/informers';

interface Owned {
  readonly metadata?: { readonly ownerReferences?: V1ObjectMeta['ownerReferences'] | undefined } | undefined;
}

/** The reference to what controls an object. A node, which controls its static pods, keeps nothing going and does not count. */
export function controllerOf(object: Owned | undefined) {
  const controller = object?.metadata?.ownerReferences?.find(({ controller }) => controller);
  return controller?.kind === 'Node' ? undefined : controller;
}
