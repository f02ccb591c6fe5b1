/** The controller of an object, according to its owner references. */
import type { V1ObjectMeta } from 'kubefacet/informers';

interface Owned {
  readonly metadata?: { readonly ownerReferences?: V1ObjectMeta['ownerReferences'] | undefined } | undefined;
}

/** Returns the owner reference of the controller. A node is ignored, because it controls its static pods but does not recreate them. */
export function controllerOf(object: Owned | undefined) {
  const controller = object?.metadata?.ownerReferences?.find(({ controller }) => controller);
  return controller?.kind === 'Node' ? undefined : controller;
}
