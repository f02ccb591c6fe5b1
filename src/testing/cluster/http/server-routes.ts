/**
 * The root path, `/version` and the health checks.
 * @module
 */
import { formatOf, type Exchange } from './exchange.ts';
import type { Route } from './discovery-routes.ts';
import { sendText, sendValue } from './responses.ts';

/** The response of `/version`, which `kubectl version` shows. */
const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0-kubefacet',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
} as const;

/** Further checks of `/readyz` by name. Each returns a problem, or undefined if the check passes. */
export type Readiness = Readonly<Record<string, () => string | undefined>>;

const CHECKS = ['ping', 'log', 'etcd'];
const HEALTH = ['healthz', 'livez', 'readyz'];
const PATHS = ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

interface Check {
  readonly name: string;
  readonly problem: string | undefined;
}

const checksOf = (endpoint: string, readiness: Readiness): readonly Check[] => [
  ...CHECKS.map((name) => ({ name, problem: undefined })),
  ...(endpoint === 'readyz' ? Object.entries(readiness) : []).map(([name, check]) => ({ name, problem: check() })),
];

const healthText = (endpoint: string, checks: readonly Check[], isVerbose: boolean): string => {
  const failed = checks.some(({ problem }) => problem !== undefined);
  if (!failed && !isVerbose) return 'ok';
  const lines = checks.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  );
  return `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}\n`;
};

const health = async (exchange: Exchange, checks: readonly Check[], endpoint: string): Promise<boolean> => {
  const failed = checks.some(({ problem }) => problem !== undefined);
  await sendText(exchange, failed ? 500 : 200, healthText(endpoint, checks, exchange.query.has('verbose')));
  return true;
};

const healthOf = async (exchange: Exchange, check: Check | undefined): Promise<boolean> => {
  if (check === undefined) return false;
  const { problem } = check;
  await sendText(
    exchange,
    problem === undefined ? 200 : 500,
    problem === undefined ? 'ok' : `internal server error: ${problem}\n`,
  );
  return true;
};

/** Serves `/`, `/version` and the health checks. Only the checks of `readiness` can fail. */
export function serverRoutes(readiness: Readiness = {}): Route {
  return async (exchange) => {
    const [root, ...rest] = exchange.path.split('/').filter((segment) => segment !== '');
    if (root === undefined) {
      await sendValue(exchange, 200, { paths: PATHS }, formatOf(exchange, 'plain'));
      return true;
    }
    if (root === 'version' && rest.length === 0) {
      await sendValue(exchange, 200, VERSION, formatOf(exchange, 'plain'));
      return true;
    }
    if (!HEALTH.includes(root) || rest.length > 1) return false;
    const checks = checksOf(root, readiness);
    const [name] = rest;
    return name === undefined
      ? health(exchange, checks, root)
      : healthOf(
          exchange,
          checks.find((check) => check.name === name),
        );
  };
}
