/** The keys and certificates of a private kube-apiserver, in a folder: its serving certificate, its users, and its front proxy. */
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateAndKey, certificateAuthority, type CertificateAuthority } from '../../src/certificates.ts';

/** The name of the certificate of the front proxy, the only one that is allowed. */
export const FRONT_PROXY_NAME = 'front-proxy-client';

/** The identity of a front proxy. */
export interface FrontProxy {
  /** PEM. */
  readonly ca: string;
  readonly client: CertificateAndKey;
}

export class PrivatePki {
  readonly #folder: string;
  readonly #serving: CertificateAuthority;
  readonly #users: CertificateAuthority;
  #installed: FrontProxy | undefined;

  private constructor(folder: string, serving: CertificateAuthority, users: CertificateAuthority) {
    this.#folder = folder;
    this.#serving = serving;
    this.#users = users;
  }

  /** Writes all files. */
  static async write(folder: string): Promise<PrivatePki> {
    const pki = new PrivatePki(folder, await certificateAuthority('private'), await certificateAuthority('users'));
    const names = { commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const serving = await pki.#serving.issue({ ...names, usage: 'server' });
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    pki.#write('tls', serving);
    writeFileSync(pki.file('sa.key'), privateKey);
    writeFileSync(pki.file('sa.pub'), publicKey);
    writeFileSync(pki.file('users-ca.crt'), pki.#users.certificate);
    pki.install(await pki.frontProxy());
    return pki;
  }

  /** The CA of the serving certificate, as PEM. */
  get ca(): string {
    return this.#serving.certificate;
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Issues the client certificate of a user. */
  user(commonName: string, ...organizations: string[]): Promise<CertificateAndKey> {
    return this.#users.issue({ commonName, organizations, usage: 'client' });
  }

  /** The front proxy whose files are installed. */
  get installed(): FrontProxy {
    if (this.#installed === undefined) throw new Error('no front proxy is installed');
    return this.#installed;
  }

  /** Creates a new CA of front proxies, and the certificate of a front proxy. */
  async frontProxy(): Promise<FrontProxy> {
    const authority = await certificateAuthority('front-proxy');
    const client = await authority.issue({ commonName: FRONT_PROXY_NAME, usage: 'client' });
    return { ca: authority.certificate, client };
  }

  /** Replaces the files of the front proxy. The kube-apiserver reads them once a minute. */
  install(proxy: FrontProxy): void {
    this.#installed = proxy;
    this.#write('front-proxy', proxy.client);
    writeFileSync(this.file('front-proxy-ca.crt'), proxy.ca);
  }

  #write(name: string, { certificate, key }: CertificateAndKey): void {
    for (const [suffix, text] of [
      ['key', key],
      ['crt', certificate],
    ]) {
      writeFileSync(this.file(`${name}.${suffix}.new`), text ?? '', { mode: 0o600 });
      renameSync(this.file(`${name}.${suffix}.new`), this.file(`${name}.${suffix}`));
    }
  }
}
