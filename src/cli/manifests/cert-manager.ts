/**
 * The objects for cert-manager: an own CA, and the serving certificate that it issues. cert-manager also writes the `caBundle` of APIServices.
 * @module
 */
import { caNameOf, dnsNamesOf } from '../self-made/self-made-certificate.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';

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
  const { name, namespace, tlsSecret } = deployed;
  const ca = caNameOf(deployed);
  const selfSigned = `${name}-self-signed`;
  const object = (kind: CertManagerObject['kind'], own: string, spec: object): CertManagerObject => ({
    apiVersion: 'cert-manager.io/v1',
    kind,
    metadata: { name: own, namespace, labels: labelsOf(deployed) },
    spec,
  });
  const issuerRef = (issuer: string): object => ({ group: 'cert-manager.io', kind: 'Issuer', name: issuer });
  return [
    object('Issuer', selfSigned, { selfSigned: {} }),
    object('Certificate', ca, {
      isCA: true,
      commonName: ca,
      secretName: ca,
      duration: '8760h0m0s',
      // With the same key, a renewed CA also verifies the certificates that it has issued before.
      privateKey: { ...KEY, rotationPolicy: 'Never' },
      issuerRef: issuerRef(selfSigned),
    }),
    object('Issuer', ca, { ca: { secretName: ca } }),
    object('Certificate', servingCertificateName(deployed), {
      secretName: tlsSecret,
      dnsNames: dnsNamesOf({ name, namespace }),
      usages: ['server auth', 'digital signature'],
      privateKey: { ...KEY, rotationPolicy: 'Always' },
      issuerRef: issuerRef(ca),
    }),
  ];
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
