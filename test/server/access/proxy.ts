/** A front proxy of tests: a CA of its own, one for the process. */
import { type CertificateAuthority, certificateAuthority } from '../../../src/certificates.ts';
import type { RequestHeaderConfig } from '../../../src/server/access/request-header.ts';

let authority: Promise<CertificateAuthority> | undefined;

function proxyAuthority(): Promise<CertificateAuthority> {
  authority ??= certificateAuthority('front-proxy-ca');
  return authority;
}

/** What a server must know to trust it. */
export async function requestHeaderConfig(): Promise<RequestHeaderConfig> {
  const { certificate } = await proxyAuthority();
  return {
    clientCa: certificate,
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['X-Remote-User'],
    uidHeaders: [],
    groupHeaders: ['X-Remote-Group'],
    extraHeaderPrefixes: [],
  };
}

/** The proxy's own certificate. */
export async function proxyCertificate(): Promise<{ cert: string; key: string }> {
  const ca = await proxyAuthority();
  const { certificate, key } = await ca.issue({ commonName: 'front-proxy-client', usage: 'client' });
  return { cert: certificate, key };
}
