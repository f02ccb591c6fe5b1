/**
 * What `kubefacet --help` says.
 * @module
 */

/** The help text. */
export const HELP = `usage: kubefacet demo [options]     serve the example projections, in example.com/v1
       kubefacet --help | --version

With no options: starts a Kubernetes cluster inside this process, registers the server with its aggregator, and writes
.kubefacet/demo.kubeconfig for kubectl. Ctrl-C ends everything.

  --port N            port of the cluster (6443, or the next free one)
  --serve-port N      port of the kubefacet server itself (any free one)
  --pods N            pods in the cluster (300; at most 50000)
  --nodes N           nodes in the cluster (one for each 30 pods)
  --churn N           writes per second: pods come, run, fail and go, nodes flap (5; 0 for none)
  --seed N            the same seed makes the same cluster (1)
  --objects DIR       load the objects of JSON and YAML files instead; folders like pods/ tell the kind where files do not

With a real cluster: serves the same projections from it. Register an APIService for it as the README says.

  --kubeconfig PATH               read this cluster; no cluster is started
  --tls-cert-file PATH            serving certificate, PEM (one is made where none is given)
  --tls-private-key-file PATH     its key, PEM
  --insecure-dev                  answer everybody, on loopback only: for development without an APIService

Exit codes: 0 ended as asked, 1 it did not work, 2 called wrongly.
`;
