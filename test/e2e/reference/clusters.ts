/** Finds the reference server and the cluster beside it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig } from '../../../src/informers/kube-config.ts';
import { ask, targetOf } from './sides.ts';

export interface Clusters {
  /** The reference server's. */
  readonly reference: KubeConfig;
  /** Of the cluster whose namespaces the reference server believes in. */
  readonly cluster: KubeConfig;
}

/** What REFERENCE_KUBECONFIG and KUBECONFIG name, when both answer. */
export async function clustersOfEnvironment(): Promise<Clusters | { readonly missing: string }> {
  const kubeConfigs: KubeConfig[] = [];
  for (const name of ['REFERENCE_KUBECONFIG', 'KUBECONFIG']) {
    const path = process.env[name];
    if (path === undefined || path === '') return { missing: `${name} is not set` };
    try {
      const kubeConfig = await loadKubeConfig({ path });
      const { status } = await ask(await targetOf(kubeConfig), { path: '/readyz' });
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
