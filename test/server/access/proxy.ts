/** A front proxy for tests. Its CA is created once for the process. */
import { type CertificateAuthority, certificateAuthority } from '../../../src/certificates.ts';
import type { RequestHeaderConfig } from '../../../src/server/access/request-header.ts';

let authority: Promise<CertificateAuthority> | undefined;

function proxyAuthority(): Promise<CertificateAuthority> {
  authority ??= certificateAuthority('front-proxy-ca');
  return authority;
}

/** Returns the configuration with which a server trusts the front proxy. */
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

/** Returns a client certificate of the front proxy. */
export async function proxyCertificate(): Promise<{ cert: string; key: string }> {
  const ca = await proxyAuthority();
  const { certificate, key } = await ca.issue({ commonName: 'front-proxy-client', usage: 'client' });
  return { cert: certificate, key };
}
