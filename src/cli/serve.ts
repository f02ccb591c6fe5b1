/**
 * `kubefacet serve`: the server of a module, until a signal ends it.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { unlessAborted } from '../abort.ts';
import { errorMessage } from '../error-message.ts';
import { informerFactory, type InformerFactory, KubeConfigError, loadKubeConfig } from '../informers/index.ts';
import {
  type ApiServer,
  apiServer,
  type AuditEvent,
  ListenError,
  type Logger,
  pinoLogger,
  ServerDefinitionError,
  type ServingCertificateSource,
  stderrLogger,
} from '../server/index.ts';
import { type CloseableStore, closeableStores } from '../definition/closeable-stores.ts';
import { CliError, usageError } from './cli-error.ts';
import { type DefinitionModule, loadDefinitionModule, moduleError } from './definition-module.ts';
import { servingCertificate } from './serving-certificate.ts';
import { type Environment, readSettings } from './settings/read-settings.ts';
import { limitsIn, SERVE_SETTINGS, type ServeSettings } from './settings/serve-settings.ts';
import { flagOf } from './settings/setting.ts';
import { type Terminal, untilAborted } from './terminal.ts';

/** The log of the command, which also receives audit events. */
interface ServeLog extends Logger {
  readonly audit: (event: AuditEvent) => void;
}

/** The time that code of the module gets to end after the shutdown. */
const LINGER_MS = 5000;

/**
 * Serves a module until the signal is aborted, and then shuts the server down.
 * @param args the arguments after `serve`
 * @throws CliError if an argument or a setting is wrong, if the module is not a definition, or if the server cannot start
 */
export async function serve(args: readonly string[], env: Environment, { signal }: Terminal): Promise<void> {
  const { values: settings, positionals, warnings } = readSettings(SERVE_SETTINGS, args, env);
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError('missing MODULE: kubefacet serve MODULE');
  if (more.length > 0) throw usageError(`serve takes one MODULE, but ${more.join(', ')} follows ${path}`);
  checkCombinations(settings);
  const log = logOf(settings);
  for (const warning of warnings) log.warn(warning);
  try {
    const module = await unlessAborted(loadDefinitionModule(path), signal);
    await run(module, settings, log, signal);
  } catch (error) {
    // Before the server listens, a signal ends the command without a shutdown.
    if (signal.aborted && error === signal.reason) return endLater(log);
    const isExpected = [KubeConfigError, ListenError, ServerDefinitionError].some((type) => error instanceof type);
    if (!isExpected) throw error;
    throw new CliError(errorMessage(error).split('\n')[0] ?? '', 1, error);
  }
  endLater(log);
}

function checkCombinations(settings: ServeSettings): void {
  const [cert, key] = ['tls.certFile', 'tls.privateKeyFile'] as const;
  if ((settings[cert] === undefined) !== (settings[key] === undefined)) {
    throw usageError(`${flagOf(cert)} and ${flagOf(key)} must be used together`);
  }
  for (const generated of ['tls.generatedNames', 'tls.generatedCaFile'] as const) {
    if (settings[cert] === undefined || settings[generated] === undefined) continue;
    throw usageError(
      `${flagOf(generated)} cannot be combined with ${flagOf(cert)}, because no certificate is generated`,
    );
  }
}

async function run(
  module: DefinitionModule,
  settings: ServeSettings,
  log: ServeLog,
  signal: AbortSignal,
): Promise<void> {
  const kubeConfig = await loadKubeConfig({ path: settings.kubeconfig, context: settings.context });
  const informers = informerFactory({ ...module.options, kubeConfig, namespaces: settings.namespaces });
  const lifetime = new AbortController();
  let stores: readonly CloseableStore[] = [];
  try {
    const { apis } = await unlessAborted(module.evaluate({ informers, signal: lifetime.signal }), signal);
    const server = definedServer(module, { informers, apis, ...serverOptions(settings, log) });
    stores = closeableStores(apis);
    const tls = await certificateOf(settings, log);
    const [host, port] = [settings['serve.host'], settings['serve.port']];
    await server.listen({ host, port, tls, signal });
    await untilAborted(signal);
    log.info('shutting down');
    await server.close();
    log.info('the server has shut down');
  } finally {
    lifetime.abort();
    await informers.close();
    await closeStores(stores, log);
  }
}

function serverOptions(settings: ServeSettings, log: ServeLog) {
  const [delay, watchGracePeriod] = [settings['shutdown.delay'], settings['shutdown.watchGracePeriod']];
  return {
    // By default, direct callers are authenticated only if their requests are authorized, too.
    authentication: settings.insecureDev ? ('insecure-dev' as const) : undefined,
    authorization: settings.authorization,
    watchReviewInterval: settings.watchReviewInterval,
    log,
    audit: settings.audit ? log.audit : undefined,
    limits: limitsIn(settings),
    shutdown: { delay, watchGracePeriod },
    staleAfter: settings.staleAfter,
    compressedListBytes: settings.compressedListBytes,
  };
}

/** @throws CliError that names the module if its APIs are invalid */
function definedServer(
  { path }: DefinitionModule,
  options: Parameters<typeof apiServer>[0] & { readonly informers: InformerFactory },
): ApiServer {
  try {
    return apiServer(options);
  } catch (error) {
    throw moduleError(path, 'the definition is not valid', error);
  }
}

/** Returns the serving certificate: the files, which the server reads again when they change, or a generated one. */
async function certificateOf(settings: ServeSettings, log: Logger): Promise<ServingCertificateSource> {
  const { certificate, caBundle } = await servingCertificate({
    tlsCertFile: settings['tls.certFile'],
    tlsPrivateKeyFile: settings['tls.privateKeyFile'],
    generatedNames: settings['tls.generatedNames'],
  });
  if (caBundle === undefined) return certificate;
  const file = settings['tls.generatedCaFile'];
  if (file === undefined) {
    log.warn('the serving certificate was generated for this run, and no client can verify it; see --tls-cert-file');
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

/** Returns a log to the standard error that drops the messages below the level of the settings. */
function logOf(settings: ServeSettings): ServeLog {
  const level = settings['log.level'];
  if (settings['log.format'] === 'json') return pinoLogger({ level, destination: 2 });
  const info: Logger['info'] = (message, detail) => {
    if (level === 'info') stderrLogger.info(message, detail);
  };
  return {
    debug: () => undefined,
    info,
    audit: (event) => info('audit', event),
    warn: (message, detail) => {
      if (level !== 'error') stderrLogger.warn(message, detail);
    },
    error: (message, detail) => stderrLogger.error(message, detail),
  };
}

/** Closes stores, so that another process can use their files. A failure loses no write that a client has a response for. */
async function closeStores(stores: readonly CloseableStore[], log: Logger): Promise<void> {
  for (const store of stores) {
    await store.close().catch((error: unknown) => log.error('a store cannot be closed', { error }));
  }
}

/** Ends the process if code of the module, such as a timer, keeps it running after the shutdown. */
function endLater(log: Logger): void {
  const end = (): void => {
    log.warn('the module has not ended, so the process ends without it; end it on the signal', {
      active: process.getActiveResourcesInfo(),
    });
    process.exit();
  };
  setTimeout(end, LINGER_MS).unref();
}
