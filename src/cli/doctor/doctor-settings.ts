/**
 * The settings of `kubefacet doctor`: those of `kubefacet serve`, so that both can use one configuration file, and its own.
 * @module
 */
import { SERVE_SETTINGS } from '../settings/serve-settings.ts';
import {
  accountSetting,
  choiceSetting,
  durationSetting,
  type Setting,
  type SettingsTable,
  textSetting,
} from '../settings/setting.ts';
import type { ServerAddress } from './context.ts';

const OWN = {
  serviceAccount: {
    ...accountSetting('check the rights of this account, which the server uses', 'the user of the kubeconfig'),
    inFile: false,
  },
  serverAddress: parsed(
    'HOST:PORT',
    'read the serving certificate from this address',
    'that of the Service, if it can be reached',
    (text): ServerAddress => {
      const [, ipv6, name, port = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]\s]+)):([0-9]{1,5})$/.exec(text) ?? [];
      const host = ipv6 ?? name;
      if (host === undefined || Number(port) > 65_535 || Number(port) === 0)
        throw new Error('must be like localhost:8443');
      return { host, port: Number(port) };
    },
  ),
  checkTimeout: { ...durationSetting('the maximum time of one check', 10_000, 1), inFile: false },
  output: { ...choiceSetting(['text', 'json'], 'the form of the result', 'text'), inFile: false },
};

/** The setting of `serve`, with its meaning here. */
const CERT_FILE: Setting<string | undefined> = {
  ...SERVE_SETTINGS['tls.certFile'],
  meaning: 'check the serving certificate in this file',
  shownFallback: 'the certificate that the server presents',
};

/** Returns a setting that is not in the configuration file. */
function parsed<V>(
  form: string,
  meaning: string,
  shownFallback: string,
  parse: (text: string) => V,
): Setting<V | undefined> {
  return { ...textSetting(form, meaning, shownFallback), fallback: undefined, parse, inFile: false };
}

/** All settings. */
export const DOCTOR_SETTINGS = { ...SERVE_SETTINGS, ...OWN };

/** The settings that the help lists, with their headings. */
export const DOCTOR_SECTIONS: readonly (readonly [heading: string, settings: SettingsTable])[] = [
  [
    'Cluster',
    {
      kubeconfig: SERVE_SETTINGS.kubeconfig,
      context: SERVE_SETTINGS.context,
      namespaces: SERVE_SETTINGS.namespaces,
      serviceAccount: OWN.serviceAccount,
    },
  ],
  ['Server', { serverAddress: OWN.serverAddress, 'tls.certFile': CERT_FILE }],
  ['Checks', { checkTimeout: OWN.checkTimeout, output: OWN.output }],
];
