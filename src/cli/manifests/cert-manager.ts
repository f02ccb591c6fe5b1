/**
 * The objects for cert-manager: the serving certificate, and an own CA that issues it unless an issuer exists. cert-manager also writes the
 * `caBundle` of APIServices.
 * @module
 */
import { caNameOf, dnsNamesOf } from '../self-made/self-made-certificate.ts';
import { type Deployed, type IssuerReference, labelsOf } from './manifest-options.ts';

/** The fields of an Issuer or a Certificate that the manifests use. client-node has no types for them. */
export interface CertManagerObject {
  readonly apiVersion: 'cert-manager.io/v1';
  readonly kind: 'Issuer' | 'Certificate';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: ReturnType<typeof labelsOf>;
  };
  readonly spec: object;
}

const KEY = { algorithm: 'ECDSA', size: 256 };

/** Returns the objects; none if the certificate comes from elsewhere. */
export function certManagerObjects(deployed: Deployed): CertManagerObject[] {
  if (deployed.tls !== 'cert-manager') return [];
  const { issuer, tlsSecret } = deployed;
  const serving = (issuerRef: IssuerReference, dnsNames: readonly string[]): CertManagerObject =>
    object(deployed, 'Certificate', servingCertificateName(deployed), {
      secretName: tlsSecret,
      secretTemplate: { labels: labelsOf(deployed) },
      dnsNames,
      usages: ['server auth', 'digital signature'],
      privateKey: { ...KEY, rotationPolicy: 'Always' },
      issuerRef,
    });
  const names = dnsNamesOf(deployed);
  if (issuer === undefined) return [...ownCa(deployed), serving(issuerRef(caNameOf(deployed)), names)];
  // The policy of another CA can refuse names that do not belong to the cluster.
  return [
    serving(
      issuer,
      names.filter((name) => name !== 'localhost'),
    ),
  ];
}

/** Returns a self-signed CA and its Issuer. */
function ownCa(deployed: Deployed): CertManagerObject[] {
  const ca = caNameOf(deployed);
  const selfSigned = `${deployed.name}-self-signed`;
  return [
    object(deployed, 'Issuer', selfSigned, { selfSigned: {} }),
    object(deployed, 'Certificate', ca, {
      isCA: true,
      commonName: ca,
      secretName: ca,
      secretTemplate: { labels: labelsOf(deployed) },
      duration: '8760h0m0s',
      // With the same key, a renewed CA also verifies the certificates that it has issued before.
      privateKey: { ...KEY, rotationPolicy: 'Never' },
      issuerRef: issuerRef(selfSigned),
    }),
    object(deployed, 'Issuer', ca, { ca: { secretName: ca } }),
  ];
}

function object(deployed: Deployed, kind: CertManagerObject['kind'], name: string, spec: object): CertManagerObject {
  const metadata = { name, namespace: deployed.namespace, labels: labelsOf(deployed) };
  return { apiVersion: 'cert-manager.io/v1', kind, metadata, spec };
}

function issuerRef(name: string): IssuerReference {
  return { group: 'cert-manager.io', kind: 'Issuer', name };
}

/** Returns the annotations of an APIService. */
export function injectionOf(deployed: Deployed): { readonly annotations?: Readonly<Record<string, string>> } {
  if (deployed.tls !== 'cert-manager') return {};
  const certificate = `${deployed.namespace}/${servingCertificateName(deployed)}`;
  return { annotations: { 'cert-manager.io/inject-ca-from': certificate } };
}

function servingCertificateName({ name }: Deployed): string {
  return `${name}-serving`;
}
