/**
 * `kubefacet serve`: the server of a module, until a signal ends it.
 * @module
 */
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
  stderrLogger,
} from '../server/index.ts';
import { type CloseableStore, closeableStores } from '../definition/closeable-stores.ts';
import { CliError, usageError } from './cli-error.ts';
import { type DefinitionModule, loadDefinitionModule, moduleError } from './definition-module.ts';
import { type ServeCertificate, serveCertificate, tlsModeOf } from './serve-tls.ts';
import { type Environment, readSettings } from './settings/read-settings.ts';
import { limitsIn, SERVE_SETTINGS, type ServeSettings } from './settings/serve-settings.ts';
import { type Terminal, untilAborted } from './terminal.ts';

/** The log of the command, which also receives audit events. */
interface ServeLog extends Logger {
  readonly audit: (event: AuditEvent) => void;
}

/**
 * Serves a module until the signal is aborted, and then shuts the server down.
 * @param args the arguments after `serve`
 * @returns the log of the command
 * @throws CliError if an argument or a setting is wrong, if the module is not a definition, or if the server cannot start
 */
export async function serve(args: readonly string[], env: Environment, { signal }: Terminal): Promise<Logger> {
  const { values: settings, positionals, warnings } = readSettings(SERVE_SETTINGS, args, env);
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError('missing MODULE: kubefacet serve MODULE');
  if (more.length > 0) throw usageError(`serve takes one MODULE, but ${more.join(', ')} follows ${path}`);
  tlsModeOf(settings);
  const log = logOf(settings);
  for (const warning of warnings) log.warn(warning);
  try {
    const module = await unlessAborted(loadDefinitionModule(path), signal);
    await run(module, settings, log, signal);
  } catch (error) {
    // Before the server listens, a signal ends the command without a shutdown.
    if (signal.aborted && error === signal.reason) return log;
    const isExpected = [KubeConfigError, ListenError, ServerDefinitionError].some((type) => error instanceof type);
    if (!isExpected) throw error;
    throw new CliError(errorMessage(error).split('\n')[0] ?? '', 1, error);
  }
  return log;
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
  let certificate: ServeCertificate | undefined;
  try {
    const { apis } = await unlessAborted(module.evaluate({ informers, signal: lifetime.signal }), signal);
    const server = definedServer(module, { informers, apis, ...serverOptions(settings, log) });
    stores = closeableStores(apis);
    const apiServices = apis.map(({ group, version }) => `${version}.${group}`);
    certificate = await serveCertificate(settings, { kubeConfig, apiServices, log }, signal);
    const [host, port] = [settings['serve.host'], settings['serve.port']];
    await server.listen({ host, port, tls: certificate.source, signal });
    await untilAborted(signal);
    log.info('shutting down');
    await server.close();
    log.info('the server has shut down');
  } finally {
    lifetime.abort();
    await certificate?.close();
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
    connections: { maxAge: settings['connections.maxAge'], goawayChance: settings['connections.goawayChance'] },
    staleAfter: settings.staleAfter,
    listCacheBytes: settings.listCacheBytes,
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
