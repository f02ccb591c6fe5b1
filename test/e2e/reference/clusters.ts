/** Finds the reference server and the cluster beside it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig } from '../../../src/informers/kube-config.ts';
import { send, targetOf } from './sides.ts';

export interface Clusters {
  /** The kubeconfig of the reference server. */
  readonly reference: KubeConfig;
  /** The kubeconfig of the cluster whose namespaces the reference server uses. */
  readonly cluster: KubeConfig;
}

/** The clusters of REFERENCE_KUBECONFIG and KUBECONFIG, if both respond. */
export async function clustersOfEnvironment(): Promise<Clusters | { readonly missing: string }> {
  const kubeConfigs: KubeConfig[] = [];
  for (const name of ['REFERENCE_KUBECONFIG', 'KUBECONFIG']) {
    const path = process.env[name];
    if (path === undefined || path === '') return { missing: `${name} is not set` };
    try {
      const kubeConfig = await loadKubeConfig({ path });
      const { status } = await send(await targetOf(kubeConfig), { path: '/readyz' });
      if (status !== 200) return { missing: `the server of ${name} is not ready` };
      kubeConfigs.push(kubeConfig);
    } catch (error) {
      return { missing: `${name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  const [reference, cluster] = kubeConfigs;
  if (reference === undefined || cluster === undefined) return { missing: 'two kubeconfigs are needed' };
  return { reference, cluster };
}
