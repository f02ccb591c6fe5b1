/**
 * Sends the scenarios that have no recorded response yet to a server of CustomResourceDefinitions (REFERENCE_KUBECONFIG), and appends its
 * responses to reference-answers.jsonl: node --conditions=source test/server/wire/managed-fields/ask-reference.ts
 * @module
 */
import { appendFile, readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadKubeConfig } from '../../../../src/informers/kube-config.ts';
import { currentCluster } from '../../../../src/informers/current-context.ts';
import { currentCredentials } from '../../../../src/informers/kube-credentials.ts';
import { exchange, type Target } from '../../../e2e/reference/exchange.ts';
import { openSchema, scenarios, thingSchema, type Scenario, type Step } from './scenarios.ts';

type Body = Record<string, any>;

const group = 'managed.test.example.org';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const file = new URL('reference-answers.jsonl', import.meta.url);
const plurals: Readonly<Record<Scenario['kind'], string>> = { Thing: 'things', Open: 'opens', Served: 'serveds' };
const contentTypes: Readonly<Record<Step['verb'], string>> = {
  create: 'application/json',
  update: 'application/json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

const path = process.env['REFERENCE_KUBECONFIG'];
if (path === undefined) throw new Error('REFERENCE_KUBECONFIG is not set');
const kubeConfig = await loadKubeConfig({ path });
const { headers, tls } = await currentCredentials(kubeConfig);
const { ca, cert, key } = tls as Target['tls'];
const target: Target = {
  origin: new URL(currentCluster(kubeConfig).server),
  headers,
  tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), agent: new Agent({ keepAlive: true }) },
};

async function send(method: string, url: string, body?: unknown, type = 'application/json'): Promise<[number, Body]> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
  const { status, text } = await exchange(target, { method, path: url, ...sent }).response;
  return [status, text.startsWith('{') ? (JSON.parse(text) as Body) : {}];
}

async function define(kind: Scenario['kind']): Promise<void> {
  const plural = plurals[kind];
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: kind === 'Open' ? openSchema : thingSchema },
    ...(kind === 'Served' ? { subresources: { status: {} } } : {}),
  };
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const [status, made] = await send('POST', definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Cluster', names, versions: [version] },
  });
  if (status !== 201) throw new Error(JSON.stringify(made));
  for (let tries = 0; (await send('GET', `/apis/${group}/v1/${plural}`))[0] !== 200; tries += 1) {
    if (tries === 100) throw new Error(`${plural} are not served`);
    await sleep(200);
  }
}

/** Replaces the values of a response that differ from run to run. */
function recorded(body: Body, times: readonly string[]): Body {
  if (body['kind'] === 'Status') return { status: body };
  const { managedFields, resourceVersion: _, ...metadata } = body['metadata'] as Body;
  const entries = (managedFields as Body[] | undefined)?.map(({ time, ...entry }) => {
    return time === undefined ? entry : { ...entry, time: times.findLastIndex((start) => start <= time) };
  });
  const stable = { creationTimestamp: '2026-01-01T00:00:00Z', uid: 'uid' };
  const object = { ...body, metadata: { ...metadata, ...stable } };
  return { object, ...(entries === undefined ? {} : { managedFields: entries }) };
}

async function play({ name: scenario, kind, steps }: Scenario, name: string): Promise<void> {
  const url = `/apis/${group}/v1/${plurals[kind]}`;
  const times: string[] = [];
  for (const [step, { verb, manager, force, subresource, body }] of steps.entries()) {
    // Times are in whole seconds, and each step needs its own.
    await sleep(1010 - (Date.now() % 1000));
    times.push(new Date().toISOString().replace(/\.\d+Z$/, 'Z'));
    const at = verb === 'create' ? url : `${url}/${name}${subresource === undefined ? '' : `/${subresource}`}`;
    const fields = body as Body;
    const whole = { apiVersion: `${group}/v1`, kind, ...fields, metadata: { name, ...fields['metadata'] } };
    if (verb === 'update') whole.metadata.resourceVersion = (await send('GET', at))[1]['metadata'].resourceVersion;
    const method = { create: 'POST', update: 'PUT', merge: 'PATCH', json: 'PATCH', apply: 'PATCH' }[verb];
    const query = `fieldManager=${manager}${force === undefined ? '' : '&force=true'}`;
    const sent = verb === 'merge' || verb === 'json' ? body : whole;
    const [, response] = await send(method, `${at}?${query}`, sent, contentTypes[verb]);
    await appendFile(file, `${JSON.stringify({ scenario, step, ...recorded(response, times) })}\n`);
  }
}

const known = new Set(
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly scenario: string }).scenario),
);
const fresh = [...scenarios.entries()].filter(([, { name }]) => !known.has(name));
try {
  for (const kind of new Set(fresh.map(([, scenario]) => scenario.kind))) await define(kind);
  for (const [index, scenario] of fresh) await play(scenario, `s${index}`);
} finally {
  for (const kind of new Set(fresh.map(([, scenario]) => scenario.kind))) {
    await send('DELETE', `${definitions}/${plurals[kind]}.${group}`);
  }
}
