/**
 * The options of `kubefacet manifests`, which describe the deployment of a server.
 * @module
 */
import {
  accountSetting,
  bytesSetting,
  choiceSetting,
  listSetting,
  numberSetting,
  optionalSetting,
  type Setting,
  type SettingValues,
  textSetting,
} from '../settings/setting.ts';
import { MINIMUM_MEMORY } from './memory.ts';

/** A text with a default, which must match a pattern. */
function patternSetting(meaning: string, fallback: string, pattern: RegExp, rule: string): Setting<string> {
  const parse = (text: string): string => {
    if (!pattern.test(text)) throw new Error(rule);
    return text;
  };
  return { ...textSetting('TEXT', meaning, fallback), fallback, parse };
}

/** A size in bytes that is computed if it is missing. */
function optionalBytesSetting(meaning: string, shownFallback: string, minimum: number): Setting<number | undefined> {
  return { ...bytesSetting(meaning, minimum, minimum), fallback: undefined, shownFallback };
}

/** An existing issuer of cert-manager. */
export interface IssuerReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** An issuer as kubectl names objects: `NAME` in the namespace of the server, `ClusterIssuer/NAME`, or `KIND.GROUP/NAME`. */
function issuerSetting(meaning: string, shownFallback: string): Setting<IssuerReference | undefined> {
  const parse = (text: string): IssuerReference => {
    const pattern =
      /^(?:(?<kind>[A-Z][A-Za-z0-9]*)(?:\.(?<group>[a-z0-9][a-z0-9.-]*))?\/)?(?<name>[a-z0-9][a-z0-9.-]*)$/;
    const { kind = 'Issuer', group = 'cert-manager.io', name } = pattern.exec(text)?.groups ?? {};
    if (name === undefined) throw new Error('must be like ca, ClusterIssuer/ca or KIND.GROUP/ca');
    return { group, kind, name };
  };
  return { form: '[KIND[.GROUP]/]NAME', meaning, fallback: undefined, shownFallback, parse, inFile: true };
}

/** The options that name the objects of an installation. */
export const NAME_OPTIONS = {
  name: patternSetting(
    'the name of all objects',
    'kubefacet',
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'must have at most 40 lowercase letters, digits and dashes, and begin with a letter',
  ),
  namespace: textSetting('NAME', 'the namespace of the server', 'the name'),
  tlsSecret: textSetting('NAME', 'the Secret with the serving certificate', 'the name with -tls'),
};

/** The options, by the key from which their flags are derived. */
export const MANIFEST_OPTIONS = {
  image: textSetting('IMAGE', 'the image, with the project and node_modules in its working directory', 'required'),
  name: NAME_OPTIONS.name,
  namespace: NAME_OPTIONS.namespace,
  replicas: numberSetting('the number of replicas', 2, { minimum: 1 }),
  cpu: patternSetting('the requested CPU', '100m', /^[0-9]+(\.[0-9]+)?m?$/, 'must be a quantity like 100m or 2'),
  rows: numberSetting('the expected number of rows, or of their objects if these are more, for the memory', 10_000),
  memory: optionalBytesSetting('the requested memory, which is also the limit', 'computed from --rows', MINIMUM_MEMORY),
  storage: bytesSetting('the size of the volume for the file of sqliteStore', 2 ** 30, 2 ** 20),
  storageClass: textSetting('NAME', 'the storage class of this volume', "the cluster's default"),
  tls: optionalSetting(
    choiceSetting<'self-made' | 'cert-manager' | 'secret'>(
      ['self-made', 'cert-manager', 'secret'],
      'who makes the serving certificate: the server, cert-manager, or you, in a Secret',
      'self-made',
    ),
    'cert-manager with --issuer, secret with --ca-file or --tls-secret, otherwise self-made',
  ),
  issuer: issuerSetting('an existing issuer of cert-manager, which issues the serving certificate', 'an own CA'),
  caFile: textSetting('PATH', 'the CA of the serving certificate in a Secret, PEM, for the APIServices', 'none'),
  tlsSecret: NAME_OPTIONS.tlsSecret,
  namespaces: listSetting('NAMES', 'read namespaced resources in these namespaces only, separated by commas', 'all'),
  impersonateGroups: listSetting(
    'NAMES',
    'groups that the server may act for, if projections write; separated by commas',
    'none',
  ),
  serviceMonitor: accountSetting(
    'write a ServiceMonitor, and allow this account of Prometheus to read the metrics',
    'no ServiceMonitor',
  ),
  format: choiceSetting(['yaml', 'kustomize'], 'one stream of documents, or a folder for kustomize', 'yaml'),
  output: textSetting('PATH', 'the file, or the folder for kustomize', 'the terminal; required for kustomize'),
};

/** The values of the options. */
export type ManifestOptions = SettingValues<typeof MANIFEST_OPTIONS>;

/** The names that the manifests share, and the options that describe the workload. */
export interface Deployed extends Pick<
  ManifestOptions,
  'replicas' | 'cpu' | 'namespaces' | 'storage' | 'storageClass' | 'serviceMonitor'
> {
  /** The requested memory, which is also the limit, in bytes. */
  readonly memory: number;
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly tls: NonNullable<ManifestOptions['tls']>;
  /** The existing issuer of cert-manager; undefined for an own CA. */
  readonly issuer: IssuerReference | undefined;
  /** The Secret with the serving certificate, unless it is self-made. */
  readonly tlsSecret: string;
  /** The path of the module in the image. */
  readonly module: string;
  /** The PEM of the CA of the serving certificate; undefined if it is not known. */
  readonly ca: string | undefined;
  readonly impersonateGroups: readonly string[];
}

/** The labels of all objects. */
export function labelsOf({ name }: Pick<Deployed, 'name'>): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'kubefacet' };
}
