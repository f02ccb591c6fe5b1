/**
 * The checks of the ConfigMap from which the server knows the front proxy: whether it can be read, and whether its CA is valid.
 * @module
 */
import { isNotFound } from '../../informers/index.ts';
import {
  AUTHENTICATION_CONFIG_MAP,
  AuthenticationConfigError,
  type ConfigMapLike,
  parseRequestHeaderConfig,
} from '../../server/access/authentication-config.ts';
import { pemCertificates, dateProblem, subjectOf } from './certificates.ts';
import type { Outcome, Problem } from './check.ts';
import type { DoctorContext } from './context.ts';

const SET_FLAGS =
  'Start the kube-apiserver with --requestheader-client-ca-file, --requestheader-username-headers and the other --requestheader-… flags; it writes the ConfigMap.';
const PATH = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** Reads the ConfigMap, and checks its form. */
export async function configMapCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  let configMap: ConfigMapLike;
  try {
    configMap = await context.transport.get<ConfigMapLike>(PATH, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return problem({ cause: `the ConfigMap ${AUTHENTICATION_CONFIG_MAP} does not exist`, fix: SET_FLAGS });
  }
  context.set('configMap', configMap);
  try {
    const config = parseRequestHeaderConfig(configMap);
    if (config === undefined) {
      return problem({ cause: `the ConfigMap ${AUTHENTICATION_CONFIG_MAP} describes no front proxy`, fix: SET_FLAGS });
    }
    const names = config.allowedNames.join(', ');
    return { summary: `describes the front proxy${names === '' ? '' : ` with the name ${names}`}` };
  } catch (error) {
    if (!(error instanceof AuthenticationConfigError)) throw error;
    return problem({ cause: error.message, fix: SET_FLAGS });
  }
}

/** Checks the CA of the front proxy: its dates, and that client certificates of users cannot be taken for it. */
export function frontProxyCheck(context: DoctorContext): Outcome {
  const { data = {} } = context.get('configMap');
  const authorities = pemCertificates(data['requestheader-client-ca-file'] ?? '');
  const now = context.options.clock.now();
  const fix =
    'Renew the CA and the client certificate of the front proxy (with kubeadm: kubeadm certs renew front-proxy-client).';
  const dates = authorities.map((one) => dateProblem(one, { what: `the CA ${subjectOf(one)}`, fix, now }));
  const found = dates.filter((one) => one !== undefined);
  // One valid CA is enough. During a rotation, the bundle also contains the old one.
  const isUsable = dates.some((one) => one === undefined || one.severity === 'warning');
  const problems: Problem[] = found.map((one) => (isUsable ? { ...one, severity: 'warning' as const } : one));
  const shared = sharedAuthority(
    data,
    authorities.map((one) => one.fingerprint256),
  );
  return {
    summary: authorities
      .map((one) => `${subjectOf(one)} until ${one.validToDate.toISOString().slice(0, 10)}`)
      .join('; '),
    problems: shared === undefined ? problems : [...problems, shared],
  };
}

/** Returns the problem that the front proxy has the CA of the users and no name: then every client certificate is taken for the front proxy. */
function sharedAuthority(data: Readonly<Record<string, string>>, fingerprints: readonly string[]): Problem | undefined {
  const clientCa = data['client-ca-file'];
  if (clientCa === undefined || !isEmptyList(data['requestheader-allowed-names'])) return undefined;
  const isShared = pemCertificates(clientCa).some((one) => fingerprints.includes(one.fingerprint256));
  if (!isShared) return undefined;
  return {
    severity: 'warning',
    cause:
      'the CA of the front proxy also signs client certificates of users, and requestheader-allowed-names is empty, so each of them can act as any user',
    fix: 'Give the front proxy its own CA, or set --requestheader-allowed-names of the kube-apiserver.',
  };
}

function isEmptyList(text: string | undefined): boolean {
  return text === undefined || text === '' || text === '[]';
}

function problem(one: Problem): Outcome {
  return { summary: '', problems: [one] };
}
