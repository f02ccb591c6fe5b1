import type { KubernetesObject } from '../../server/wire/object.ts';

/** CN of the aggregator's own certificate. */
export const FRONT_PROXY_NAME = 'front-proxy-client';

/**
 * The ConfigMap that tells extension API servers whom to trust (api-semantics 7.1).
 *
 * @param clientCa PEM of what vouches for users' certificates
 * @param frontProxyCa PEM of what vouches for the aggregator's
 */
export function extensionAuthentication(
  clientCa: string,
  frontProxyCa: string,
): KubernetesObject & { readonly data: object } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': clientCa,
      'requestheader-allowed-names': JSON.stringify([FRONT_PROXY_NAME]),
      'requestheader-client-ca-file': frontProxyCa,
      'requestheader-extra-headers-prefix': JSON.stringify(['X-Remote-Extra-']),
      'requestheader-group-headers': JSON.stringify(['X-Remote-Group']),
      'requestheader-uid-headers': JSON.stringify(['X-Remote-Uid']),
      'requestheader-username-headers': JSON.stringify(['X-Remote-User']),
    },
  };
}
