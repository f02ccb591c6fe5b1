/**
 * What the demo prints for people to try.
 * @module
 */

/** A running demo on a cluster of its own. */
export interface DemoFacts {
  readonly url: string;
  readonly kubeConfig: string;
  readonly port: number;
  readonly contents: string;
}

/** What to type. */
export function guidance({ url, kubeConfig, port, contents }: DemoFacts): string {
  return `a Kubernetes cluster in this process: ${url} (${contents})
kubefacet serves example.com/v1 behind its aggregator, itself on https://127.0.0.1:${port}

in another terminal:
  export KUBECONFIG=${kubeConfig}
  kubectl get podsummaries -A
  kubectl get psum -n shop -w
  kubectl get psum -A -l app=web --field-selector status.phase=Running
  kubectl get psum -A -o wide
  kubectl get nload -o wide
  kubectl get workloads -A
  kubectl get rpod -A
  echo '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"mine"},"spec":{"title":"Try it"}}' | kubectl create -f -
  kubectl get customtasks
  kubectl get --raw /apis/example.com/v1/foo/bar

Ctrl-C ends everything.
`;
}

/** A server beside a real cluster. */
export interface RealClusterFacts {
  readonly url: string;
  readonly port: number;
  readonly caBundle: string | undefined;
  readonly insecureDev: boolean;
}

/** How the server is reached. */
export function realClusterGuidance({ url, port, caBundle, insecureDev }: RealClusterFacts): string {
  const served = `kubefacet serves example.com/v1 from ${url} on port ${port}\n`;
  if (insecureDev)
    return `${served}everybody is answered: curl -k https://127.0.0.1:${port}/apis/example.com/v1/podsummaries\n`;
  const bundle =
    caBundle === undefined
      ? 'the CA that signed the certificate you gave'
      : `\n  ${Buffer.from(caBundle).toString('base64')}`;
  return `${served}it answers the cluster's aggregator: register an APIService v1.example.com whose caBundle is ${bundle}\n`;
}
