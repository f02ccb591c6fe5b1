import { formatOf } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './discovery-routes.ts';
import { sendText, sendValue } from './responses.ts';

/** What `/version` says, and `kubectl version` shows. */
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

const CHECKS = ['ping', 'log', 'etcd'];
const HEALTH = ['healthz', 'livez', 'readyz'];
const PATHS = ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

const healthText = (endpoint: string, isVerbose: boolean): string =>
  isVerbose ? `${CHECKS.map((check) => `[+]${check} ok\n`).join('')}${endpoint} check passed\n` : 'ok';

const health = async (exchange: Exchange, endpoint: string, check: string | undefined): Promise<boolean> => {
  if (check !== undefined && !CHECKS.includes(check)) return false;
  await sendText(exchange, 200, check === undefined ? healthText(endpoint, exchange.query.has('verbose')) : 'ok');
  return true;
};

/** `/`, `/version` and the health checks, which are always good. */
export const serverRoutes: Route = async (exchange) => {
  const [root, ...rest] = exchange.path.split('/').filter((segment) => segment !== '');
  if (root === undefined) {
    await sendValue(exchange, 200, { paths: PATHS }, formatOf(exchange, 'plain'));
    return true;
  }
  if (root === 'version' && rest.length === 0) {
    await sendValue(exchange, 200, VERSION, formatOf(exchange, 'plain'));
    return true;
  }
  return HEALTH.includes(root) && rest.length <= 1 && health(exchange, root, rest[0]);
};
