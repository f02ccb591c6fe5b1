/**
 * The check of the serving certificate: its name, its dates, and its chain to the `caBundle` of the APIService.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { X509Certificate } from 'node:crypto';
import { errorMessage } from '../../error-message.ts';
import { isNotFound, type V1Service } from '../../informers/index.ts';
import {
  authorityOf,
  type Chain,
  pemCertificates,
  dateProblem,
  HandshakeError,
  nameProblems,
  presentedChain,
  subjectOf,
} from './certificates.ts';
import type { Outcome, Problem } from './check.ts';
import type { DoctorContext, ServerAddress } from './context.ts';
import { byServicePort, type RegisteredApi, serverNameOf, servicePath } from './registration.ts';

const SET_BUNDLE =
  'Set spec.caBundle of the APIService to the CA that signs the serving certificate: openssl base64 -A -in ca.crt.';
const RENEW = 'Renew the serving certificate.';

/** Checks the certificate of each Service. */
export async function certificateCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const outcomes = [];
  for (const registration of byServicePort(context.get('registrations'))) {
    outcomes.push(await certificateOutcome(registration, context, signal));
  }
  const problems = outcomes.flatMap((outcome) => outcome.problems ?? []);
  const isSkipped = problems.length === 0 && outcomes.some((outcome) => outcome.isSkipped);
  return { summary: outcomes.map(({ summary }) => summary).join('; '), problems, isSkipped };
}

async function certificateOutcome(
  registration: RegisteredApi,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name, object, service } = registration;
  const serverName = serverNameOf(service);
  const bundle = bundleOf(name, object);
  const now = context.options.clock.now();
  const problems: Problem[] = [...bundle.problems];
  const expired = bundle.authorities.map((one) =>
    dateProblem(one, { what: `the CA ${subjectOf(one)} in caBundle of ${name}`, fix: SET_BUNDLE, now }),
  );
  const loaded = await loadChain(registration, context, signal);
  if ('problem' in loaded) return { summary: '', problems: [...problems, loaded.problem] };
  if ('skipped' in loaded) {
    problems.push(...expired.filter((one) => one !== undefined));
    return { summary: loaded.skipped, problems, isSkipped: true };
  }
  const [leaf] = loaded.chain;
  problems.push(...nameProblems(leaf, serverName));
  const date = dateProblem(leaf, { what: 'the serving certificate', fix: RENEW, now });
  if (date !== undefined) problems.push(date);
  if (bundle.authorities.length > 0) {
    const authority = authorityOf(loaded.chain, bundle.authorities);
    const ofAuthority = authority === undefined ? undefined : expired[bundle.authorities.indexOf(authority)];
    if (ofAuthority !== undefined) problems.push(ofAuthority);
    if (authority === undefined) problems.push(chainProblem(leaf, bundle.authorities, name));
  }
  const until = leaf.validToDate.toISOString().slice(0, 10);
  return { summary: `for ${serverName}, until ${until}, from ${loaded.origin}`, problems };
}

/** Returns the authorities in the `caBundle` of an APIService, and the problems with it. */
function bundleOf(
  name: string,
  { spec }: RegisteredApi['object'],
): { readonly authorities: readonly X509Certificate[]; readonly problems: readonly Problem[] } {
  const { caBundle, insecureSkipTLSVerify } = spec ?? {};
  if (insecureSkipTLSVerify === true) {
    const cause = `the APIService ${name} has insecureSkipTLSVerify, so any server can take the place of yours`;
    return {
      authorities: [],
      problems: [{ severity: 'warning', cause, fix: `${SET_BUNDLE} Remove insecureSkipTLSVerify.` }],
    };
  }
  if ((caBundle ?? '') === '') {
    const cause = `the APIService ${name} has no caBundle, so the kube-apiserver trusts only public CAs`;
    return { authorities: [], problems: [{ cause, fix: SET_BUNDLE }] };
  }
  try {
    return { authorities: pemCertificates(Buffer.from(caBundle ?? '', 'base64').toString()), problems: [] };
  } catch (error) {
    const cause = `caBundle of the APIService ${name} is not usable: ${errorMessage(error)}`;
    return { authorities: [], problems: [{ cause, fix: SET_BUNDLE }] };
  }
}

function chainProblem(leaf: X509Certificate, authorities: readonly X509Certificate[], name: string): Problem {
  const issuer = `"${(leaf.issuer ?? '').replaceAll('\n', ', ')}"`;
  const isSameName = authorities.some(({ subject }) => subject === leaf.issuer);
  const signer = isSameName ? `another CA with the same name, ${issuer}` : issuer;
  return {
    cause: `the serving certificate is signed by ${signer}, which caBundle of the APIService ${name} does not contain`,
    fix: `${SET_BUNDLE} If an intermediate CA signed it, serve that CA in the same file, after the certificate.`,
  };
}

type LoadedChain =
  | { readonly chain: Chain; readonly origin: string }
  | { readonly problem: Problem }
  | { readonly skipped: string };

/** Returns the chain in the file of the options; otherwise the one that the server presents. */
async function loadChain(
  registration: RegisteredApi,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<LoadedChain> {
  const { certFile } = context.options;
  if (certFile !== undefined) {
    try {
      return { chain: pemCertificates(await readFile(certFile, 'utf8')), origin: certFile };
    } catch (error) {
      const cause = `the file of the serving certificate ${certFile} cannot be used: ${errorMessage(error)}`;
      return { problem: { cause, fix: 'Correct --tls-cert-file.' } };
    }
  }
  const address = context.options.serverAddress ?? (await reachableAddress(registration, context, signal));
  if (address === undefined) {
    return { skipped: 'the server cannot be reached from here; use --tls-cert-file or --server-address' };
  }
  const origin = `${address.host}:${address.port}`;
  try {
    return { chain: await presentedChain(address, serverNameOf(registration.service), signal), origin };
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    return {
      problem: {
        cause: `no TLS server responds at ${origin}: ${error.message}`,
        fix: 'Start the server, or correct its address in the Service or in --server-address.',
      },
    };
  }
}

/** Returns the address of a Service if it can be reached from this process: the host of an ExternalName, or any Service from inside a pod. */
async function reachableAddress(
  { service }: RegisteredApi,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<ServerAddress | undefined> {
  const { port } = service;
  try {
    const { spec } = await context.transport.get<V1Service>(servicePath(service), { signal });
    if (spec?.type === 'ExternalName' && spec.externalName !== undefined) return { host: spec.externalName, port };
  } catch (error) {
    // The check "Service" reports it.
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const isInPod = (context.options.env['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
  return isInPod ? { host: serverNameOf(service), port } : undefined;
}
