/**
 * The options of `kubefacet demo` and the help text that describes them.
 * @module
 */
import { parseArgs } from 'node:util';
import { usageError } from './cli-error.ts';

/** The options; {@link DEMO_HELP} describes them. */
export interface DemoOptions {
  /** Undefined: 6443, or the next free port. */
  readonly port: number | undefined;
  /** Undefined: any free port. */
  readonly servePort: number | undefined;
  readonly pods: number;
  readonly nodes: number | undefined;
  readonly churn: number;
  readonly seed: number;
  readonly objects: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsPrivateKeyFile: string | undefined;
  readonly insecureDev: boolean;
}

/** The output of `kubefacet demo --help`. */
export const DEMO_HELP = `usage: kubefacet demo [options]

Serves the example projections in example.com/v1. Without options, this starts a Kubernetes cluster inside this process, registers the
server with its aggregator, and writes .kubefacet/demo.kubeconfig for kubectl. Press Ctrl-C to stop.

  --port N            port of the cluster (6443, or the next free port)
  --serve-port N      port of the kubefacet server (any free port)
  --pods N            number of pods in the cluster (300; at most 50000)
  --nodes N           number of nodes in the cluster (one for each 30 pods)
  --churn N           writes per second: pods are created, run, fail and are deleted, nodes flap (5; 0 disables it)
  --seed N            random seed; the same seed creates the same cluster (1)
  --objects DIR       load the objects from JSON and YAML files instead; a file without a kind must be in a folder like pods/

With a real cluster, it serves the same projections of that cluster. docs/real-cluster.md shows how to register an APIService.

  --kubeconfig PATH               read this cluster, and start none
  --tls-cert-file PATH            serving certificate, PEM (by default, one is generated)
  --tls-private-key-file PATH     its private key, PEM
  --insecure-dev                  accept every request, on loopback only: for development without an APIService

Exit codes: 0 stopped on request, 1 failed, 2 wrong arguments.
`;

const MAX_PORT = 65_535;

/**
 * Parses the arguments after `demo`.
 * @throws CliError for unknown options, invalid values and options that exclude each other
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  const number = (name: keyof typeof values, maximum: number): number | undefined => {
    const text = values[name];
    if (typeof text !== 'string') return undefined;
    if (!/^[0-9]+$/.test(text) || Number(text) > maximum) {
      throw usageError(`--${name} ${text}: must be a whole number from 0 to ${maximum}`);
    }
    return Number(text);
  };
  const options: DemoOptions = {
    port: number('port', MAX_PORT),
    servePort: number('serve-port', MAX_PORT),
    pods: number('pods', 50_000) ?? 300,
    nodes: number('nodes', 10_000),
    churn: number('churn', 10_000) ?? 5,
    seed: number('seed', 2 ** 32 - 1) ?? 1,
    objects: values.objects,
    kubeconfig: values.kubeconfig,
    tlsCertFile: values['tls-cert-file'],
    tlsPrivateKeyFile: values['tls-private-key-file'],
    insecureDev: values['insecure-dev'] === true,
  };
  checkCombinations(options, values);
  return options;
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        port: text,
        'serve-port': text,
        pods: text,
        nodes: text,
        churn: text,
        seed: text,
        objects: text,
        kubeconfig: text,
        'tls-cert-file': text,
        'tls-private-key-file': text,
        'insecure-dev': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? '') : String(error);
    throw usageError(message.replace(/\.$/, ''));
  }
}

function checkCombinations(options: DemoOptions, values: Readonly<Record<string, unknown>>): void {
  const isRealCluster = options.kubeconfig !== undefined;
  const fakeClusterOptions = ['port', 'pods', 'nodes', 'churn', 'seed', 'objects'].filter(
    (name) => values[name] !== undefined,
  );
  if (isRealCluster && fakeClusterOptions.length > 0) {
    throw usageError(
      `--${fakeClusterOptions.join(', --')} cannot be combined with --kubeconfig, which selects a real cluster`,
    );
  }
  if ((options.tlsCertFile === undefined) !== (options.tlsPrivateKeyFile === undefined)) {
    throw usageError('--tls-cert-file and --tls-private-key-file must be used together');
  }
  if (!isRealCluster && (options.tlsCertFile !== undefined || options.insecureDev)) {
    throw usageError('--tls-cert-file and --insecure-dev require --kubeconfig');
  }
  if (options.objects !== undefined && (values['pods'] !== undefined || values['nodes'] !== undefined)) {
    throw usageError('--objects cannot be combined with --pods or --nodes, because the files define the objects');
  }
}
