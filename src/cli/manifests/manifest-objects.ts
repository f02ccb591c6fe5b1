/**
 * All objects that a cluster needs to run the server of a definition, in the order in which they must be created.
 * @module
 */
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import type { V1APIService } from '../../informers/index.ts';
import { certManagerObjects, type CertManagerObject, injectionOf } from './cert-manager.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';
import { monitoringObjects } from './monitoring.ts';
import { rbacObjects, type RbacObject } from './rbac.ts';
import { claimObject, storeFolder } from './storage.ts';
import {
  deploymentObject,
  disruptionBudgetObject,
  namespaceObject,
  serviceAccountObject,
  serviceObject,
} from './workload.ts';

/** An object of a manifest. */
export type ManifestObject =
  | RbacObject
  | ReturnType<typeof monitoringObjects>[number]
  | ReturnType<typeof claimObject>
  | V1APIService
  | CertManagerObject
  | ReturnType<
      | typeof namespaceObject
      | typeof serviceAccountObject
      | typeof serviceObject
      | typeof deploymentObject
      | typeof disruptionBudgetObject
    >;

/** The priority of the preferred version of a group. Later versions have lower ones. */
const VERSION_PRIORITY = 100;

/** Returns the objects by the name of their file. APIServices are last: an APIService without a server slows kubectl down. */
export function manifestObjects(
  facts: DefinitionFacts,
  deployed: Deployed,
): ReadonlyMap<string, readonly ManifestObject[]> {
  const folder = storeFolder(facts);
  const disruption = facts.singleProcess.length > 0 ? [] : [disruptionBudgetObject(deployed)];
  const monitoring = monitoringObjects(deployed);
  const certificates = certManagerObjects(deployed);
  return new Map<string, readonly ManifestObject[]>([
    ['namespace.yaml', [namespaceObject(deployed)]],
    ['rbac.yaml', [serviceAccountObject(deployed), ...rbacObjects(facts, deployed)]],
    ...(folder === undefined ? [] : [['storage.yaml', [claimObject(deployed)]] as const]),
    ...(certificates.length === 0 ? [] : [['certificate.yaml', certificates] as const]),
    ['server.yaml', [serviceObject(deployed, facts), deploymentObject(deployed, facts), ...disruption]],
    ...(monitoring.length === 0 ? [] : [['monitoring.yaml', monitoring] as const]),
    ['api-services.yaml', apiServices(facts, deployed)],
  ]);
}

function apiServices({ apis }: DefinitionFacts, deployed: Deployed): V1APIService[] {
  const { name, namespace, ca } = deployed;
  const groups = apis.map(({ group }) => group);
  return apis.map(({ group, version }, index) => {
    const earlier = groups.slice(0, index).filter((other) => other === group).length;
    return {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${group}`, labels: labelsOf(deployed), ...injectionOf(deployed) },
      spec: {
        group,
        version,
        groupPriorityMinimum: 1000,
        versionPriority: Math.max(1, VERSION_PRIORITY - earlier),
        service: { name, namespace, port: 443 },
        ...(ca !== undefined && { caBundle: Buffer.from(ca).toString('base64') }),
      },
    };
  });
}
