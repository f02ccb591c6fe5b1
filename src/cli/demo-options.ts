/**
 * The options of `kubefacet demo`.
 * @module
 */
import { parseArgs } from 'node:util';
import { usageError } from './cli-error.ts';

/** See `HELP`. */
export interface DemoOptions {
  /** Undefined: 6443 or the next free one. */
  readonly port: number | undefined;
  /** Undefined: any free one. */
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

const HIGHEST_PORT = 65_535;

/**
 * The options that the words after `demo` say.
 * @throws CliError for what is unknown, misspelt or does not fit together
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  const number = (name: keyof typeof values, highest: number): number | undefined => {
    const text = values[name];
    if (typeof text !== 'string') return undefined;
    if (!/^[0-9]+$/.test(text) || Number(text) > highest) {
      throw usageError(`--${name} ${text}: must be a whole number from 0 to ${highest}`);
    }
    return Number(text);
  };
  const options: DemoOptions = {
    port: number('port', HIGHEST_PORT),
    servePort: number('serve-port', HIGHEST_PORT),
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
  checkTogether(options, values);
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

function checkTogether(options: DemoOptions, given: Readonly<Record<string, unknown>>): void {
  const real = options.kubeconfig !== undefined;
  const clusterOnly = ['port', 'pods', 'nodes', 'churn', 'seed', 'objects'].filter((name) => given[name] !== undefined);
  if (real && clusterOnly.length > 0) {
    throw usageError(
      `--${clusterOnly.join(' and --')} makes a fake cluster, --kubeconfig names a real one: give one of them`,
    );
  }
  if ((options.tlsCertFile === undefined) !== (options.tlsPrivateKeyFile === undefined)) {
    throw usageError('--tls-cert-file and --tls-private-key-file go together');
  }
  if (!real && (options.tlsCertFile !== undefined || options.insecureDev)) {
    throw usageError('--tls-cert-file and --insecure-dev are for a real cluster: give --kubeconfig, too');
  }
  if (options.objects !== undefined && (given['pods'] !== undefined || given['nodes'] !== undefined)) {
    throw usageError('--objects says what is in the cluster; --pods and --nodes make it up: give one of them');
  }
}
