/**
 * The proxy that the environment names for a server, with the rules of Go's `httpproxy` package, which kubectl uses: HTTPS_PROXY for
 * servers with TLS, HTTP_PROXY for others, and NO_PROXY for exceptions. `proxy-url` of a kubeconfig takes precedence over these rules.
 * @module
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { KubeConfigError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An address, as the rules of NO_PROXY see it. */
interface Target {
  /** In lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: string;
}

/**
 * Returns the URL of the proxy for a server; undefined if the server is reached directly.
 * @throws KubeConfigError if the proxy is neither an http nor an https proxy
 */
export function environmentProxy(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const isSecure = url.protocol === 'https:';
  const [name, value] = variable(env, isSecure ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (isSecure ? '443' : '80');
  if (value === '' || isExcluded({ host, port }, variable(env, 'NO_PROXY')[1])) return undefined;
  const proxy = /^[a-z0-9+.-]+:\/\//i.test(value) ? value : `http://${value}`;
  const protocol = URL.parse(proxy)?.protocol;
  if (protocol === 'http:' || protocol === 'https:') return proxy;
  throw new KubeConfigError(`the proxy of the variable ${name} is not supported; use an http or https proxy`);
}

/** Returns the name and value of a variable in upper case, or in lower case if that one is not set. */
function variable(env: Environment, name: string): readonly [name: string, value: string] {
  const lower = name.toLowerCase();
  return env[name] ? [name, env[name].trim()] : [lower, (env[lower] ?? '').trim()];
}

function isExcluded(target: Target, noProxy: string): boolean {
  if (target.host === 'localhost' || isLoopback(target.host)) return true;
  return noProxy.split(',').some((rule) => matches(target, rule.trim().toLowerCase()));
}

function isLoopback(host: string): boolean {
  return isInSubnet(host, '127.0.0.0', 8) || isInSubnet(host, '::1', 128);
}

/** Returns whether a rule of NO_PROXY matches: `*`, a subnet, or an IP or a domain with or without a port. */
function matches({ host, port }: Target, rule: string): boolean {
  if (rule === '*') return true;
  const [, network = '', bits] = /^(.*)\/(\d+)$/.exec(rule) ?? [];
  if (bits !== undefined && isIP(network) > 0) return isInSubnet(host, network, Number(bits));
  const { name, rulePort } = splitPort(rule);
  if (name === '' || (rulePort !== undefined && rulePort !== port)) return false;
  if (isIP(name) > 0) return isInSubnet(host, name, isIPv6(name) ? 128 : 32);
  if (isIP(host) > 0) return false;
  const suffix = name.startsWith('*.') ? name.slice(1) : name;
  // `.example.com` matches only the names below, `example.com` also itself.
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(rule: string): { readonly name: string; readonly rulePort: string | undefined } {
  if (isIP(rule) > 0) return { name: rule, rulePort: undefined };
  const [, bracketed, bracketedPort] = /^\[(.*)\](?::(\d*))?$/.exec(rule) ?? [];
  if (bracketed !== undefined) return { name: bracketed, rulePort: bracketedPort };
  const [, name = rule, rulePort] = /^([^:]*):(\d*)$/.exec(rule) ?? [];
  return { name, rulePort: rulePort === '' ? undefined : rulePort };
}

function isInSubnet(host: string, network: string, bits: number): boolean {
  const family = isIP(host);
  if (family === 0 || family !== isIP(network) || bits > (family === 6 ? 128 : 32)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
