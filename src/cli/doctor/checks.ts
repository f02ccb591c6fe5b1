/**
 * The table of the checks of `kubefacet doctor`, in order.
 * @module
 */
import { configMapCheck, frontProxyCheck } from './authentication-checks.ts';
import { certificateCheck } from './certificate-check.ts';
import type { Check } from './check.ts';
import { apiServerCheck, kubeConfigCheck, moduleCheck } from './cluster-checks.ts';
import type { DoctorContext } from './context.ts';
import { discoveryCheck, openApiCheck } from './document-checks.ts';
import { pathCheck } from './path-check.ts';
import { apiServiceCheck, availabilityCheck, endpointsCheck, serviceCheck } from './registration-checks.ts';
import { rightsCheck } from './rights-check.ts';
import { sourcesCheck } from './sources-check.ts';

/** A row of the table. */
interface DoctorCheck extends Check<DoctorContext> {
  /** Whether it needs a module. */
  readonly ofModule: boolean;
}

const cluster = (name: string, needs: readonly string[], run: DoctorCheck['run']): DoctorCheck => ({
  name,
  needs,
  run,
  ofModule: false,
});
const module = (name: string, needs: readonly string[], run: DoctorCheck['run']): DoctorCheck => ({
  name,
  needs,
  run,
  ofModule: true,
});

/** All checks. */
export const CHECKS: readonly DoctorCheck[] = [
  cluster('kubeconfig', [], kubeConfigCheck),
  cluster('API server', ['kubeconfig'], apiServerCheck),
  module('module', [], moduleCheck),
  cluster('rights', ['API server', 'module'], rightsCheck),
  cluster('authentication ConfigMap', ['API server'], configMapCheck),
  cluster('front-proxy CA', ['authentication ConfigMap'], frontProxyCheck),
  module('APIService', ['API server', 'module'], apiServiceCheck),
  module('serving certificate', ['APIService'], certificateCheck),
  module('Service', ['APIService'], serviceCheck),
  module('endpoints', ['Service'], endpointsCheck),
  module('availability', ['endpoints'], availabilityCheck),
  module('discovery', ['availability'], discoveryCheck),
  module('OpenAPI', ['discovery'], openApiCheck),
  module('sources', ['rights', 'module'], sourcesCheck),
  module('path', ['availability'], pathCheck),
];

/** Returns the checks of a run: without a module, only those of the cluster. */
export function checksFor(modulePath: string | undefined): readonly DoctorCheck[] {
  return modulePath === undefined ? CHECKS.filter(({ ofModule }) => !ofModule) : CHECKS;
}
