/**
 * Texts that try to end a line: in headers of responses, in reviews, and in the log. The client controls them by paths, queries, bodies and
 * headers, and through the front proxy and certificates also the names of users.
 */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { type Logger, stderrLogger } from '../../../src/server/logger.ts';
import { type PinoLogger, pinoLogger } from '../../../src/server/pino-logger.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import type { Access } from '../../../src/testing/index.ts';
import { testCertificate } from '../../support/certificates.ts';
import { requestOnce } from '../../support/https-client.ts';
import { BASE } from '../../support/test-server.ts';
import { AttackedServer, type Client, mayAccess, SHOP, WHOAMI } from './attacked-server.ts';
import { exchange, requestBytes, responsesIn } from './raw-connection.ts';

/** A text that would be a line of the log, and a header of a response. */
const FORGED = '\r\nSet-Cookie: forged=1\r\n{"level":"info","msg":"forged"}\r\n2026-01-01T00:00:00.000Z INFO forged';
const IN_URL = encodeURIComponent(FORGED);
/** Other characters that end lines, or that change what a terminal shows. */
const OTHERS = '\n\u0085\u2028\u2029\u001b[2K\u202eforged\0\u007f';
const TASKS = `${BASE}/namespaces/shop/tasks`;

const UTF8 = (text: string): string => Buffer.from(text).toString('latin1');
const SCHEMA = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { title: { type: 'string' } } } },
} as const;

const task = (name: string, more: object = {}): string =>
  JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Task', metadata: { name }, ...more });
const json = (text: string): { body: string; headers: string[] } => ({
  body: UTF8(text),
  headers: ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`],
});

interface Injection {
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Whether Node refuses the head of the request. */
  readonly isInvalid?: boolean;
}

const INJECTIONS: Readonly<Record<string, Injection>> = {
  'the name of an object': { line: `GET ${SHOP}/${IN_URL}` },
  'a namespace': { line: `GET ${BASE}/namespaces/${IN_URL}/podsummaries` },
  'a resource': { line: `GET ${BASE}/namespaces/shop/${IN_URL}` },
  'a subresource': { line: `GET ${SHOP}/web/${IN_URL}` },
  'a path': { line: `GET /${IN_URL}` },
  'a label selector': { line: `GET ${SHOP}?labelSelector=${IN_URL}` },
  'a field selector': { line: `GET ${SHOP}?fieldSelector=${IN_URL}` },
  'a token of a page': { line: `GET ${SHOP}?limit=1&continue=${IN_URL}` },
  'a version': { line: `GET ${SHOP}?resourceVersion=${IN_URL}` },
  'a timeout': { line: `GET ${SHOP}?timeout=${IN_URL}` },
  'a dry run': { line: `POST ${TASKS}?dryRun=${IN_URL}`, ...json(task('a')) },
  'a field manager': { line: `POST ${TASKS}?fieldManager=${IN_URL}`, ...json(task('a')) },
  'an unknown field': {
    line: `POST ${TASKS}?fieldValidation=Warn`,
    ...json(task('b', { [FORGED]: 1, spec: { [OTHERS]: 1 } })),
  },
  'a finalizer': {
    line: `POST ${TASKS}?fieldValidation=Warn`,
    ...json(task('c', { metadata: { name: 'c', finalizers: [FORGED, OTHERS] } })),
  },
  'the kind of an object': { line: `POST ${TASKS}`, ...json(JSON.stringify({ apiVersion: FORGED, kind: FORGED })) },
  'the name in a body': { line: `POST ${TASKS}`, ...json(task(FORGED)) },
  'a body that is no JSON': { line: `POST ${TASKS}`, ...json(FORGED) },
  'a hash of OpenAPI': { line: `GET /openapi/v3/apis/example.com/v1?hash=${IN_URL}` },
  'a format of a page for operators': { line: `GET /debug/graph?format=${IN_URL}`, headers: ['X-Remote-User: admin'] },
  'an id of a request, in UTF-8': { line: `GET ${SHOP}`, headers: [`Audit-Id: ${UTF8('a\u2028\u0085b')}`] },
  'an id of a request': { line: `GET ${SHOP}`, headers: ['Audit-Id: a\rSet-Cookie: forged=1'], isInvalid: true },
  'an id of a request with an escape': { line: `GET ${SHOP}`, headers: ['Audit-Id: \u001b[2K'], isInvalid: true },
  'an id of 20,000 characters': { line: `GET ${SHOP}`, headers: [`Audit-Id: ${'x'.repeat(20_000)}`] },
  'a type of content': { line: `POST ${TASKS}`, headers: ['Content-Type: a/b;c="\\\r"'], isInvalid: true },
  'an accepted type': { line: `GET ${SHOP}`, headers: [`Accept: ${IN_URL}/x;${IN_URL}="${IN_URL}"`] },
  'an ETag': { line: 'GET /openapi/v2', headers: [`If-None-Match: "${IN_URL}"`] },
  'an origin': { line: `GET ${SHOP}`, headers: ['Origin: https://evil.example', `Referer: https://${IN_URL}`] },
  'a key of extra': {
    line: `GET ${WHOAMI}`,
    headers: [`X-Remote-Extra-${IN_URL}: ${UTF8('\u0085\u2028\u2029\u202eforged')}`],
  },
  'a user, in UTF-8': { line: `GET ${SHOP}`, headers: [`X-Remote-User: ${UTF8('eve\u0085\u2028forged')}`] },
  'a code that fails': { line: `GET ${BASE}/broken/${IN_URL}` },
};

const isBroken = (access: Access): boolean => access.type === 'resource' && access.resource === 'broken';

describe('an attacker that injects lines', () => {
  let server: AttackedServer;
  let proxy: Client;

  const broken = rawEndpoint({
    name: 'broken',
    paths: {
      '/:name': {
        GET: (ctx) => {
          throw new Error(`the name ${ctx.params['name'] ?? ''} is not good`, { cause: FORGED });
        },
      },
    },
  });
  const start = async (options: object = {}): Promise<void> => {
    const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: true, schema: SCHEMA }, memoryStore());
    server = await AttackedServer.listening({
      decide: (user, access) => user.name === 'alice' || isBroken(access) || mayAccess(user, access),
      ...options,
      more: [tasks, broken],
    });
    proxy = await server.proxy();
  };
  const send = async ({ line, headers = [], body }: Injection): Promise<string> => {
    const user = headers.some((header) => header.startsWith('X-Remote-User')) ? [] : ['X-Remote-User: alice'];
    const bytes = requestBytes(`${line} HTTP/1.1`, [...user, ...headers, 'Connection: close'], body);
    return exchange({ ...server.test.client, client: proxy }, bytes);
  };
  /** Sends everything, also with hostile names of users. */
  const sendAll = async (): Promise<void> => {
    for (const injection of Object.values(INJECTIONS)) await send(injection);
    const users = await testCertificate({ name: 'client-ca', ca: true });
    await server.trust(
      { frontProxies: server.cluster.frontProxyAuthority.certificate, users: users.cert },
      await testCertificate({ name: 'admin', issuer: users }),
    );
    for (const name of [FORGED, OTHERS.replace('\0', '')]) {
      const client = await testCertificate({ name, issuer: users, organizations: [name] });
      await requestOnce(SHOP, { ...server.test.client, client });
      await requestOnce(`${BASE}/broken/x`, { ...server.test.client, client });
    }
    const token = { authorization: `Bearer ${UTF8('\u0085\u2028forged')}` };
    await requestOnce(SHOP, { ...server.test.client, headers: token });
  };

  describe('into responses', () => {
    before(() => start());
    after(() => server.close());

    for (const [title, injection] of Object.entries(INJECTIONS)) {
      it(`by ${title} adds no header and no response`, async () => {
        const text = await send(injection);
        const head = text.slice(0, text.indexOf('\r\n\r\n'));
        expect(Number(head.slice(9, 12))).to.be.within(200, 500);
        if (injection.isInvalid === true) expect(head).to.match(/^HTTP\/1\.1 400 /);
        expect(head).to.not.match(/^(set-cookie|location|refresh|access-control-[a-z-]+):/im);
        expect(head.replaceAll('\r\n', '')).to.not.match(/(?![\x80-\xff])\p{Cc}/u);
        expect(text.match(/^HTTP\/1\.1 \d/gm)).to.have.length(1);
        if (/content-length/i.test(head)) expect(responsesIn(text)).to.have.length(1);
      });
    }

    it('by a name of a user, its uid and its extra reaches the review as one text each', async () => {
      server.test.clock.advance(60_000);
      const headers = {
        'x-remote-user': 'eve, admin',
        'x-remote-group': ['a, system:masters', 'b'],
        [`x-remote-extra-${IN_URL}`]: 'c',
        'x-remote-extra-__proto__': 'd',
      };
      await requestOnce(SHOP, { ...server.test.client, client: proxy, headers });
      const { user } = server.reviewed.at(-1) ?? {};
      expect(user).to.deep.include({ name: 'eve, admin', groups: ['a, system:masters', 'b', 'system:authenticated'] });
      expect(Object.entries(user?.extra ?? {})).to.deep.equal([
        [decodeURIComponent(IN_URL.toLowerCase()), ['c']],
        ['__proto__', ['d']],
      ]);
    });
  });

  it('into the log of a server finds no message with a control character', async () => {
    await start();
    await sendAll();
    const { entries } = server.test.log;
    expect(entries.filter(({ level }) => level === 'error')).to.have.length.above(1);
    expect(entries.filter(({ message }) => /[\p{Cc}\u2028\u2029\u202a-\u202e]/u.test(message))).to.deep.equal([]);
    await server.close();
  });

  it('into JSON lines, also of audit events, finds one object in each line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-log-'));
    const file = join(folder, 'log');
    const log: PinoLogger = pinoLogger({ level: 'debug', destination: file });
    await start({ log, audit: (event: Parameters<PinoLogger['audit']>[0]) => log.audit(event) });
    await sendAll();
    await server.close();
    await log.flush();
    const text = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });
    expect(text).to.not.match(/(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ msg }) => msg === 'audit')).to.have.length.above(Object.keys(INJECTIONS).length - 5);
    expect(
      lines.filter(({ msg, level, time }) => msg === 'forged' || level === undefined || !/^\d{4}-/.test(time)),
    ).to.deep.equal([]);
  });

  it('into text lines, also of audit events, begins no line', async () => {
    let written = '';
    const { write } = process.stderr;
    process.stderr.write = (text: unknown) => {
      written += String(text);
      return true;
    };
    try {
      const log: Logger = { ...stderrLogger, debug: (message, detail) => stderrLogger.info(message, detail) };
      await start({ log, audit: (event: object) => stderrLogger.info('audit', event) });
      await sendAll();
      await server.close();
    } finally {
      process.stderr.write = write;
    }
    const lines = written.trimEnd().split('\n');
    expect(lines.filter((line) => !/^(\d{4}-\d\d-\d\dT[\d:.]+Z (INFO|WARN|ERROR) | {4})/.test(line))).to.deep.equal([]);
    expect(lines.filter((line) => / (INFO|WARN|ERROR) forged/.test(line) && !line.startsWith('    '))).to.satisfy(
      (forged: string[]) => forged.every((line) => /(INFO|WARN|ERROR) .*(INFO|WARN|ERROR) forged/.test(line)),
    );
    expect(lines.filter((line) => line.startsWith('2026-01-01T00:00:00.000Z'))).to.deep.equal([]);
  });
});
