/**
 * The settings of `kubefacet serve`. This table is the only source of its flags, environment variables, keys of the configuration file and
 * help. A test compares docs/serving.md with it.
 * @module
 */
import type { LimitOptions } from '../../server/index.ts';
import { DEFAULT_LIMITS, type Limits } from '../../server/wire/limits.ts';
import {
  accountSetting,
  bytesSetting,
  choiceSetting,
  durationSetting,
  fractionSetting,
  listSetting,
  numberSetting,
  optionalSetting,
  type Setting,
  type SettingsTable,
  type SettingValues,
  switchSetting,
  textSetting,
} from './setting.ts';

const CLUSTER = {
  kubeconfig: textSetting(
    'PATH',
    'the kubeconfig of the cluster to read',
    'the files of KUBECONFIG, then ~/.kube/config, then the service account of the pod',
  ),
  context: textSetting('NAME', 'the context of the kubeconfig', 'its current context'),
  namespaces: listSetting('NAMES', 'read namespaced resources in these namespaces only, separated by commas', 'all'),
};

const SERVING = {
  'serve.host': textSetting('ADDRESS', 'the address to listen on', 'all addresses; 127.0.0.1 with --insecure-dev'),
  'serve.port': numberSetting('the port; 0 selects a free one', 8443, { maximum: 65_535 }),
  'tls.mode': optionalSetting(
    choiceSetting<'files' | 'self-made' | 'generated'>(
      ['files', 'self-made', 'generated'],
      'the serving certificate: from files; of a CA that the server keeps in a Secret; or generated for this run',
      'generated',
    ),
    'files with --tls-cert-file, otherwise generated',
  ),
  'tls.certFile': textSetting('PATH', 'the serving certificate, PEM; read again every 10 s', 'none'),
  'tls.privateKeyFile': textSetting('PATH', 'the private key of the certificate, PEM', 'none'),
  'tls.service': accountSetting('the Service of the server, for a self-made certificate', 'kubefacet/kubefacet'),
  'tls.generatedNames': listSetting(
    'NAMES',
    'the DNS names of a generated certificate, separated by commas',
    'kubefacet.kubefacet.svc and localhost',
  ),
  'tls.generatedCaFile': textSetting(
    'PATH',
    'write the CA of a generated certificate to this file, for the caBundle of an APIService',
    'not written',
  ),
  authorization: choiceSetting(
    ['delegated', 'any-authenticated'],
    'the cluster decides about each request, or every authenticated user may do everything',
    'delegated',
  ),
  watchReviewInterval: durationSetting('the time between two reviews of an open watch', 30_000, 1000),
  insecureDev: switchSetting('accept every request without authentication, on loopback only; for development'),
};

const OPERATION = {
  'connections.maxAge': durationSetting('the maximum age of a connection; 0 for none', 3_600_000),
  'connections.goawayChance': fractionSetting(
    'the share of HTTP/2 requests that move the client to a new connection, unless a resource has positions of scheme local',
    0.001,
    // As in kube-apiserver.
    0.02,
  ),
  'log.level': choiceSetting(['info', 'warn', 'error'], 'log messages of this level and above', 'info'),
  'log.format': choiceSetting(['text', 'json'], 'the form of the lines of the log', 'text'),
  audit: switchSetting('write an audit line for each request to the log, at level info'),
  'shutdown.delay': durationSetting(
    'the time from SIGTERM until new requests are refused; behind an aggregator, 30s or more',
    0,
  ),
  'shutdown.watchGracePeriod': durationSetting(
    'the time over which the ends of watches are spread at a shutdown',
    3000,
  ),
  staleAfter: durationSetting('the time without a sign of life after which a source counts as stale', 180_000, 1),
  listCacheBytes: bytesSetting(
    'the maximum size of what is kept in memory to send lists again; 0 keeps nothing',
    64 * 2 ** 20,
  ),
};

const count = (name: keyof Limits, meaning: string): Setting<number> =>
  numberSetting(meaning, DEFAULT_LIMITS[name], { minimum: 1 });
const bytes = (name: keyof Limits, meaning: string): Setting<number> => bytesSetting(meaning, DEFAULT_LIMITS[name], 1);

/** One setting for each limit of requests. */
const LIMITS = {
  'limits.urlBytes': bytes('urlBytes', 'the maximum size of the path and the query together'),
  'limits.headers': count('headers', 'the maximum number of headers'),
  'limits.parsedHeaderBytes': bytes('parsedHeaderBytes', 'the maximum size of a header that is parsed'),
  'limits.selectorBytes': bytes('selectorBytes', 'the maximum size of a selector'),
  'limits.selectorRequirements': count('selectorRequirements', 'the maximum number of requirements of a selector'),
  'limits.bodyBytes': bytes('bodyBytes', 'the maximum size of a body'),
  'limits.bodyDepth': count('bodyDepth', 'the maximum depth of a body'),
  'limits.bodyValues': count('bodyValues', 'the maximum number of values in a body'),
  'limits.yamlBytes': bytes('yamlBytes', 'the maximum size of a YAML body'),
  'limits.yamlTokens': count('yamlTokens', 'the maximum number of tokens of a YAML body'),
  'limits.patchOperations': count('patchOperations', 'the maximum number of operations of a JSON patch'),
  'limits.patchSteps': count('patchSteps', 'the maximum number of steps of a JSON patch'),
  'limits.reads': count('reads', 'the maximum number of reads in progress'),
  'limits.writes': count('writes', 'the maximum number of writes in progress'),
  'limits.streams': count('streams', 'the maximum number of streams of an HTTP/2 connection'),
  'limits.watchRequirements': count('watchRequirements', 'the maximum number of requirements of all open watches'),
  'limits.newConnections': count(
    'newConnections',
    'the maximum number of connections without an authenticated request',
  ),
  'limits.authenticationTimeout': durationSetting(
    'the time from a new connection to its first authenticated request',
    DEFAULT_LIMITS.authenticationTimeout,
    1,
  ),
  'limits.memoryPercent': count(
    'memoryPercent',
    'the percentage of memory in use above which new lists and watches are refused',
  ),
} satisfies { readonly [Name in `limits.${keyof Limits}`]: Setting<number> };

/** The settings with the headings of the help. */
export const SERVE_SECTIONS: readonly (readonly [heading: string, settings: SettingsTable])[] = [
  ['Cluster', CLUSTER],
  ['Serving', SERVING],
  ['Operation', OPERATION],
  ['Limits of requests', LIMITS],
];

/** The settings, without the sections. */
export const SERVE_SETTINGS = { ...CLUSTER, ...SERVING, ...OPERATION, ...LIMITS };

/** The values of the settings. */
export type ServeSettings = SettingValues<typeof SERVE_SETTINGS>;

/** Returns the limits as the option of a server. */
export function limitsIn(settings: ServeSettings): LimitOptions {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
  return Object.fromEntries(names.map((name) => [name, settings[`limits.${name}`]]));
}
