/**
 * The field `auth-provider` of a kubeconfig's user, with the meaning that it has for kubectl: `oidc` sends an id token and refreshes it when
 * it has expired; the providers `azure` and `gcp` were removed.
 *
 * ```
 *   id token ──10 s before its expiry──► refresh (one for all requests) ──► new id token, kept in the KubeConfig
 * ```
 * kubectl also writes the new tokens to the file. A process with a changed refresh token would then be the only one that can use it, so
 * a kubeconfig for a server should have an exec plugin or a service account.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../error-message.ts';
import { isObject } from './kube-config-fields.ts';

/** The providers that kubectl had once, and what replaces them. */
const REMOVED: Readonly<Record<string, string>> = { azure: 'kubelogin', gcp: 'gke-gcloud-auth-plugin' };

/** The time before its expiry at which a token counts as expired, as in client-go. */
const EXPIRY_DELTA_MS = 10_000;
/** The maximum time of each request to the identity provider. */
const TIMEOUT_MS = 30_000;
/** The maximum size of a response of the identity provider. */
const MAX_BYTES = 1_000_000;

/** The refresh in progress of each configuration. */
const refreshes = new WeakMap<object, Promise<string>>();

/** @throws Error if kubectl has removed the provider */
export function requireKnownProvider(provider: unknown): void {
  const name = isObject(provider) ? String(provider['name']) : '';
  const successor = Object.hasOwn(REMOVED, name) ? REMOVED[name] : undefined;
  if (successor !== undefined) {
    throw new Error(`the auth-provider "${name}" has been removed from Kubernetes; use the exec plugin ${successor}`);
  }
}

/**
 * Returns the id token of an `oidc` provider. Expired tokens are refreshed, and the new ones are kept in `provider.config`. Returns undefined
 * for another provider.
 * @throws Error if the configuration is incomplete, or there is no valid token and no new one
 */
export async function oidcToken(provider: unknown, clock: Pick<Clock, 'now'>): Promise<string | undefined> {
  if (!isObject(provider) || provider['name'] !== 'oidc') return undefined;
  const config = isObject(provider['config']) ? provider['config'] : {};
  for (const field of ['idp-issuer-url', 'client-id']) required(config, field);
  const token = textOf(config, 'id-token');
  if (token !== undefined && expiryOf(token) > clock.now() + EXPIRY_DELTA_MS) return token;
  const running = refreshes.get(config);
  if (running !== undefined) return running;
  const refresh = refreshed(config).finally(() => refreshes.delete(config));
  refreshes.set(config, refresh);
  return refresh;
}

type Config = Record<string, unknown>;

function textOf(config: Config, field: string): string | undefined {
  const value = config[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function required(config: Config, field: string): string {
  const value = textOf(config, field);
  if (value === undefined) throw new Error(`the auth-provider "oidc" needs ${field}`);
  return value;
}

/** Returns the time at which a token expires, in milliseconds since the epoch. @throws Error if it is not a token with an expiry */
function expiryOf(token: string): number {
  const [, payload = ''] = token.split('.');
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly exp?: unknown };
    if (typeof exp === 'number') return exp * 1000;
  } catch {
    // The message is the same for each text that is no token, and does not quote it.
  }
  throw new Error('the id-token of the auth-provider "oidc" is not a JSON Web Token with an expiry');
}

async function refreshed(config: Config): Promise<string> {
  const refreshToken = textOf(config, 'refresh-token');
  if (refreshToken === undefined) {
    throw new Error('the auth-provider "oidc" has no valid id-token, and cannot refresh it without refresh-token');
  }
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT_MS, ca: authorityOf(config) } });
  try {
    const issuer = required(config, 'idp-issuer-url').replace(/\/+$/, '');
    const discovery = await responseOf(new URL(`${issuer}/.well-known/openid-configuration`), dispatcher);
    const endpoint = textOf(discovery, 'token_endpoint');
    if (endpoint === undefined) throw new Error('its configuration has no token_endpoint');
    const tokens = await responseOf(new URL(endpoint), dispatcher, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: required(config, 'client-id'),
      client_secret: textOf(config, 'client-secret') ?? '',
    });
    const token = textOf(tokens, 'id_token');
    if (token === undefined) throw new Error('its response has no id_token');
    expiryOf(token);
    config['id-token'] = token;
    // A provider that does not change the refresh token does not send one.
    config['refresh-token'] = textOf(tokens, 'refresh_token') ?? refreshToken;
    return token;
  } catch (error) {
    throw new Error(`the auth-provider "oidc" could not refresh its id-token: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    await dispatcher.close();
  }
}

function authorityOf(config: Config): Buffer | undefined {
  const file = textOf(config, 'idp-certificate-authority');
  if (file !== undefined) return readFileSync(file);
  const data = textOf(config, 'idp-certificate-authority-data');
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

/** Sends a GET, or a POST with a form. @throws Error whose message has no part of the response */
async function responseOf(url: URL, dispatcher: Agent, form?: Record<string, string>): Promise<Config> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    body: form === undefined ? null : new URLSearchParams(form).toString(),
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the response of ${url.host} has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (statusCode !== 200) throw new Error(`${url.host} responded with ${statusCode}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new Error(`the response of ${url.host} is not JSON`, { cause: error });
  }
  if (!isObject(value)) throw new Error(`the response of ${url.host} is not an object`);
  return value;
}
