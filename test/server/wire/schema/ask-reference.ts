/**
 * Sends the cases to a server of CustomResourceDefinitions (REFERENCE_KUBECONFIG), and writes its responses to reference-answers.jsonl:
 * node --conditions=source test/server/wire/schema/ask-reference.ts
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'node:https';
import { loadKubeConfig } from '../../../../src/informers/kube-config.ts';
import { currentCluster } from '../../../../src/informers/current-context.ts';
import { currentCredentials } from '../../../../src/informers/kube-credentials.ts';
import type { Json } from '../../../../src/server/wire/object.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import { exchange, type Target } from '../../../e2e/reference/exchange.ts';
import { CASES, resourceSchema } from './cases.ts';
import { REFUSED } from './refused-schemas.ts';
import { STATUSES, statusSchema, UPDATES, updateSchema } from './update-cases.ts';
import type { CaseAnswer, Cause } from './reference-answers.ts';

const GROUP = 'schema.test.example.org';

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

interface Response {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: Record<string, any>;
}

async function send(method: string, url: string, body?: unknown): Promise<Response> {
  const answer = await exchange(target, {
    method,
    path: url,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).response;
  const warning = (answer.headers as Record<string, string | string[] | undefined>)['warning'] ?? [];
  const warnings = [warning]
    .flat()
    .flatMap((text) =>
      [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, one]) => JSON.parse(`"${one}"`) as string),
    );
  return {
    status: answer.status,
    warnings,
    body: answer.text.startsWith('{') ? (JSON.parse(answer.text) as Record<string, any>) : {},
  };
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
function definition(plural: string, schema: Schema, subresources: object = {}): Record<string, any> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { plural, singular: plural, kind: plural, listKind: `${plural}list` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources }],
    },
  };
}
const objects = (plural: string): string => `/apis/${GROUP}/v1/${plural}`;
function object(plural: string, name: string, fields: object): object {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: plural,
    metadata: { name },
    ...fields,
  };
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await done()) return;
    await sleep(200);
  }
  throw new Error(`gave up waiting until ${what}`);
}

async function define(plural: string, schema: Schema, subresources: object = {}): Promise<void> {
  await send('DELETE', `${CRDS}/${plural}.${GROUP}`);
  await until(
    'the old definition is gone',
    async () => (await send('GET', `${CRDS}/${plural}.${GROUP}`)).status === 404,
  );
  const made = await send('POST', CRDS, definition(plural, schema, subresources));
  if (made.status !== 201) throw new Error(JSON.stringify(made.body, null, 1));
  await until('it is served', async () => (await send('GET', objects(plural))).status === 200);
}

function causesOf(body: Record<string, any>): readonly Cause[] {
  return ((body['details']?.causes ?? []) as Cause[]).toSorted((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
  );
}

const cases: CaseAnswer[] = [];
await define('probes', resourceSchema);
try {
  for (const { name, values } of CASES) {
    for (const value of values) {
      const { status, body, warnings } = await send(
        'POST',
        `${objects('probes')}?dryRun=All&fieldValidation=Warn`,
        object('probes', 'a', { spec: Object.fromEntries([[name, value]]) }),
      );
      const unknown = warnings.filter((text) => text.startsWith('unknown field ')).map((text) => text.slice(15, -1));
      const shared = { name, value, unknown };
      if (status === 201) {
        const spec = body['spec'] as Record<string, Json>;
        cases.push({ ...shared, ...(Object.hasOwn(spec, name) ? { result: spec[name] as Json } : {}) });
      } else if (status === 422) cases.push({ ...shared, causes: causesOf(body) });
      else cases.push({ ...shared, refused: `${status} ${body['message'] as string}` });
    }
  }
} finally {
  await send('DELETE', `${CRDS}/probes.${GROUP}`);
}

const refused: Record<string, readonly Cause[]> = {};
for (const { name, schema } of REFUSED) {
  const { status, body } = await send('POST', `${CRDS}?dryRun=All`, definition('refusals', schema));
  refused[name] =
    status === 201
      ? []
      : causesOf(body).length > 0
        ? causesOf(body)
        : [{ message: `${status} ${body['message'] as string}` }];
}

const updates: Record<string, readonly Cause[]> = {};
await define('changes', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
try {
  for (const [index, { old }] of UPDATES.entries()) {
    const { status, body } = await send('POST', objects('changes'), object('changes', `a${index}`, { spec: old }));
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  const current = await send('GET', `${CRDS}/changes.${GROUP}`);
  const strict = definition('changes', updateSchema);
  const changed = await send('PUT', `${CRDS}/changes.${GROUP}`, { ...current.body, spec: strict['spec'] as object });
  if (changed.status !== 200) throw new Error(JSON.stringify(changed.body));
  await until(
    'the new schema holds',
    async () =>
      (await send('POST', `${objects('changes')}?dryRun=All`, object('changes', 'b', { spec: 1 }))).status === 422,
  );
  for (const [index, { name, changed: spec }] of UPDATES.entries()) {
    const { body: stored } = await send('GET', `${objects('changes')}/a${index}`);
    const { status, body } = await send('PUT', `${objects('changes')}/a${index}?dryRun=All`, { ...stored, spec });
    updates[name] =
      status === 200
        ? []
        : causesOf(body).length > 0
          ? causesOf(body)
          : [{ message: `${status} ${body['message'] as string}` }];
  }
} finally {
  await send('DELETE', `${CRDS}/changes.${GROUP}`);
}

const statuses: Record<string, readonly Cause[]> = {};
await define('states', statusSchema, { status: {} });
try {
  const { body: made } = await send('POST', objects('states'), object('states', 'a', { spec: {} }));
  const { body: stored } = await send('PUT', `${objects('states')}/a/status`, { ...made, status: { phase: 'ok' } });
  for (const { name, status: changed } of STATUSES) {
    const { status, body } = await send('PUT', `${objects('states')}/a/status?dryRun=All`, {
      ...stored,
      status: changed,
    });
    statuses[name] =
      status === 200
        ? []
        : causesOf(body).length > 0
          ? causesOf(body)
          : [{ message: `${status} ${body['message'] as string}` }];
  }
} finally {
  await send('DELETE', `${CRDS}/states.${GROUP}`);
}

function named(part: string, answers: Readonly<Record<string, readonly Cause[]>>): readonly object[] {
  return Object.entries(answers).map(([name, causes]) => ({ part, name, causes }));
}

const rows: readonly object[] = [
  ...cases.map((one) => ({ part: 'cases', ...one })),
  ...named('refused', refused),
  ...named('updates', updates),
  ...named('statuses', statuses),
];
await writeFile(
  new URL('reference-answers.jsonl', import.meta.url),
  rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
);
process.exit(0);
