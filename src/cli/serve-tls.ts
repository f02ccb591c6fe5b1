/**
 * The serving certificate of `kubefacet serve`, in the mode of its settings: from files, self-made, or generated for one run.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { errorMessage } from '../error-message.ts';
import type { Logger, ServingCertificateSource } from '../server/index.ts';
import { CliError, usageError } from './cli-error.ts';
import { type ServedOptions, serveSelfMade } from './self-made/served-certificate.ts';
import { servingCertificate } from './serving-certificate.ts';
import type { ServeSettings } from './settings/serve-settings.ts';
import { flagOf } from './settings/setting.ts';

/** The settings of TLS. */
type TlsSettings = Pick<ServeSettings, Extract<keyof ServeSettings, `tls.${string}`>>;

/** The settings that belong to one mode only. */
const SETTINGS_OF = {
  files: ['tls.certFile', 'tls.privateKeyFile'],
  'self-made': ['tls.service'],
  generated: ['tls.generatedNames', 'tls.generatedCaFile'],
} as const;

/** The Service of a self-made certificate without the setting. */
const DEFAULT_SERVICE = { namespace: 'kubefacet', name: 'kubefacet' };

/**
 * Returns the mode of the settings.
 * @throws CliError if a setting belongs to another mode, or one of files is missing
 */
export function tlsModeOf(settings: TlsSettings): keyof typeof SETTINGS_OF {
  const [cert, key] = SETTINGS_OF.files;
  if ((settings[cert] === undefined) !== (settings[key] === undefined)) {
    throw usageError(`${flagOf(cert)} and ${flagOf(key)} must be used together`);
  }
  const mode = settings['tls.mode'] ?? (settings[cert] === undefined ? 'generated' : 'files');
  if (mode === 'files' && settings[cert] === undefined) {
    throw usageError(`${flagOf('tls.mode')} files needs ${flagOf(cert)} and ${flagOf(key)}`);
  }
  for (const [other, keys] of Object.entries(SETTINGS_OF)) {
    const foreign = keys.find((one) => other !== mode && settings[one] !== undefined);
    if (foreign === undefined) continue;
    throw usageError(
      `${flagOf(foreign)} cannot be combined with the mode ${mode} of the certificate; it belongs to ${flagOf('tls.mode')} ${other}`,
    );
  }
  return mode;
}

/** A certificate for `listen`. */
export interface ServeCertificate {
  readonly source: ServingCertificateSource;
  /** Ends the work on the certificate, after the server has shut down. */
  readonly close: () => Promise<void>;
}

/**
 * Returns the serving certificate. A self-made one waits until the cluster responds.
 * @throws CliError if the settings contradict each other or a file cannot be used; the reason of the signal
 */
export async function serveCertificate(
  settings: TlsSettings,
  cluster: Pick<ServedOptions, 'kubeConfig' | 'apiServices' | 'log'>,
  signal: AbortSignal,
): Promise<ServeCertificate> {
  if (tlsModeOf(settings) === 'self-made') {
    const { current, close } = await serveSelfMade(
      { ...cluster, service: settings['tls.service'] ?? DEFAULT_SERVICE },
      signal,
    );
    return { source: current, close };
  }
  return { source: await fromFilesOrGenerated(settings, cluster.log), close: () => Promise.resolve() };
}

/** Returns the files, which the server reads again when they change, or a certificate for this run. */
async function fromFilesOrGenerated(settings: TlsSettings, log: Logger): Promise<ServingCertificateSource> {
  const { certificate, caBundle } = await servingCertificate({
    tlsCertFile: settings['tls.certFile'],
    tlsPrivateKeyFile: settings['tls.privateKeyFile'],
    generatedNames: settings['tls.generatedNames'],
  });
  if (caBundle === undefined) return certificate;
  const file = settings['tls.generatedCaFile'];
  if (file === undefined) {
    log.warn('the serving certificate was generated for this run, and no client can verify it; see --tls-mode');
    return certificate;
  }
  try {
    await writeFile(file, caBundle);
  } catch (error) {
    throw new CliError(`cannot write ${file}: ${errorMessage(error)}`, 1, error);
  }
  log.info(`the serving certificate was generated for this run; its CA is in ${file}`);
  return certificate;
}
