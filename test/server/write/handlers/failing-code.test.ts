/** No error of the code of handlers ends the process: a table of the handlers and of the ways in which their code can fail. */
import { expect } from 'chai';
import { Observable } from 'rxjs';
import type { Handled, HandlerEvent, Handlers } from '../../../../src/server/define/handlers.ts';
import { resource } from '../../../../src/server/define/resource.ts';
import { FakeClock } from '../../../../src/testing/informers/index.ts';
import { type InProcessServer, testServer } from '../../../../src/testing/projections/index.ts';
import { EscapedErrors, fail, STRAY_ERRORS } from '../../../support/stray-errors.ts';
import { RecordedLog, until } from '../../../support/test-server.ts';
import type { Task } from './tasks.ts';

const TASKS = '/apis/example.com/v1/tasks';
const never = new Promise<never>(() => undefined);
/** The lint rules allow no literal property of this name. */
const THEN: string = ['t', 'hen'].join('');
type Verb = 'get' | 'list' | 'create' | 'replace' | 'delete' | 'deleteCollection';

/** The requests that call each handler. The object `known` exists. */
const REQUESTS: Readonly<Record<Exclude<Verb, 'list'>, readonly [method: string, path: string]>> = {
  get: ['GET', `${TASKS}/known`],
  create: ['POST', TASKS],
  replace: ['PATCH', `${TASKS}/known`],
  delete: ['DELETE', `${TASKS}/known`],
  deleteCollection: ['DELETE', TASKS],
};

/** Ways to fail before the handler returns: the request fails. */
const FAILURES: Readonly<Record<string, () => unknown>> = {
  'throws an error': fail,
  'throws a text': () => {
    throw 'broken'; // eslint-disable-line no-throw-literal
  },
  'throws undefined': () => {
    throw undefined; // eslint-disable-line no-throw-literal
  },
  rejects: async () => fail(),
  'returns a thenable that throws': () => ({ [THEN]: fail }),
  'returns an object with a getter that throws': () => ({
    metadata: { name: 'known' },
    get spec() {
      return fail();
    },
  }),
  ...Object.fromEntries(
    Object.entries(STRAY_ERRORS).map(([name, start]) => [
      `waits, and ${name} fails`,
      () => {
        start();
        return never;
      },
    ]),
  ),
};

describe('failing code of handlers', () => {
  const escaped = new EscapedErrors();
  let log: RecordedLog;
  let clock: FakeClock;
  let server: InProcessServer;
  let broken: Readonly<Partial<Record<Verb | 'watch', (result: unknown) => unknown>>>;
  let known: Handled<Task>;

  const handlers = (): Handlers<Task> => {
    const run = <V>(verb: Verb | 'watch', result: V): V => (broken[verb]?.(result) ?? result) as V;
    return {
      get: () => run('get', known),
      list: () => run('list', [known]),
      create: (object) => run('create', object),
      replace: (object) => run('replace', object),
      delete: () => run('delete', known),
      deleteCollection: (objects) => run('deleteCollection', objects),
      watch: ({ signal }) => run('watch', workingWatch(signal)),
    };
  };
  async function* workingWatch(signal: AbortSignal): AsyncGenerator<HandlerEvent<Task>> {
    yield { type: 'ADDED', object: known };
    yield { type: 'SYNCED' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  const start = (): void => {
    known = { metadata: { name: 'known', uid: 'uid-known' }, spec: { title: 'one' } } as unknown as Handled<Task>;
    const tasks = resource<Task>({ kind: 'Task', plural: 'tasks', namespaced: false }, handlers());
    server = testServer({ resources: [tasks], log, clock });
  };
  beforeEach(() => {
    log = new RecordedLog();
    clock = new FakeClock();
    broken = {};
    start();
    escaped.start();
  });
  afterEach(async () => {
    await server.close();
    escaped.stop();
  });

  const send = (verb: Exclude<Verb, 'list'>): Promise<Response> => {
    const [method, path] = REQUESTS[verb];
    const headers = {
      'audit-id': 'request-1',
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    };
    const body =
      verb === 'create'
        ? JSON.stringify({
            apiVersion: 'example.com/v1',
            kind: 'Task',
            metadata: { name: 'new' },
            spec: { title: 'x' },
          })
        : verb === 'replace'
          ? '{"spec":{"title":"two"}}'
          : undefined;
    return server.request(path, { method, headers, body });
  };
  const works = async (): Promise<void> => {
    expect(await (await server.request('/livez')).text()).to.equal('ok');
    expect(escaped.all).to.deep.equal([]);
  };

  for (const verb of Object.keys(REQUESTS) as Exclude<Verb, 'list'>[]) {
    for (const [name, failure] of Object.entries(FAILURES)) {
      it(`${verb} that ${name} gets a 500 and a line with the request`, async () => {
        await until(() => server.server.counts().ready);
        broken = { [verb]: failure };
        const response = await send(verb);
        expect(response.status).to.equal(500);
        const body = await response.text();
        expect(JSON.parse(body)).to.include({ kind: 'Status', reason: 'InternalError' });
        expect(body).not.to.contain('broken');
        expect(log.of('error').filter((line) => line.includes('(request request-1) failed'))).to.have.length(1);
        await works();
      });
    }

    for (const [name, startFailing] of Object.entries(STRAY_ERRORS)) {
      it(`${verb} that succeeds before ${name} fails keeps its response, and the error is logged`, async () => {
        await until(() => server.server.counts().ready);
        broken = {
          [verb]: (result: unknown) => {
            startFailing();
            return result;
          },
        };
        const { status } = await send(verb);
        await until(() => log.of('error').length > 0);
        // An error of the same tick may come before the end of the call.
        const [method, path] = REQUESTS[verb];
        expect([status, log.of('error')]).to.be.deep.oneOf([
          [
            verb === 'create' ? 201 : 200,
            [`tasks.example.com: code of the handler ${verb} failed after its call had ended (request request-1)`],
          ],
          [500, [`${method} ${path} (request request-1) failed`]],
        ]);
        await works();
      });
    }
  }

  it('keeps an object locked while a handler whose timer failed still runs', async () => {
    await until(() => server.server.counts().ready);
    const gate = Promise.withResolvers<void>();
    let isRunning = false;
    let overlaps = 0;
    broken = {
      replace: async (result) => {
        if (isRunning) overlaps += 1;
        isRunning = true;
        setImmediate(fail);
        await gate.promise;
        isRunning = false;
        return result;
      },
    };
    expect((await send('replace')).status).to.equal(500);
    const second = send('replace');
    gate.resolve();
    expect((await second).status).to.be.oneOf([200, 500]);
    expect(overlaps).to.equal(0);
    await works();
  });

  const events = (...list: readonly unknown[]) =>
    async function* watched(): AsyncGenerator {
      yield { type: 'ADDED', object: known };
      yield { type: 'SYNCED' };
      yield* list;
      fail();
    };
  /** Ways of a watch to fail. */
  const WATCHES: Readonly<Record<string, (result: unknown) => unknown>> = {
    ...Object.fromEntries(Object.entries(FAILURES).map(([name, failure]) => [`a call that ${name}`, failure])),
    'a generator that throws': () => events()(),
    'an iterable whose iterator cannot be made': () => ({ [Symbol.asyncIterator]: fail }),
    'an iterator whose next throws': () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    'an iterator whose next rejects': () => ({ [Symbol.asyncIterator]: () => ({ next: async () => fail() }) }),
    'an iterator whose next and return throw': () => ({
      [Symbol.asyncIterator]: () => ({ next: fail, return: fail }),
    }),
    'an iterator that returns nothing': () => ({ [Symbol.asyncIterator]: () => ({ next: () => undefined }) }),
    'an event of no type': () => events({ type: 'CHANGED', object: known })(),
    'an event that is null': () => events(null)(),
    'an event without an object': () => events({ type: 'ADDED' })(),
    'an event whose object has a getter that throws': () =>
      events({
        type: 'ADDED',
        object: {
          metadata: { name: 'x' },
          get spec() {
            return fail();
          },
        },
      })(),
    'an observable that fails': () => new Observable((observer) => observer.error(new Error('broken'))),
    'an observable that fails later': () =>
      new Observable((observer) => void setImmediate(() => observer.error(new Error('broken')))),
    'a subscribe that throws': () => ({ subscribe: fail }),
    'a subscribe that returns nothing and completes': () => ({
      subscribe: ({ complete }: { readonly complete: () => void }) => complete(),
    }),
    'an observable that completes, and then throws': () => ({
      subscribe: ({ complete }: { readonly complete: () => void }) => {
        complete();
        setImmediate(fail);
        return { unsubscribe: () => undefined };
      },
    }),
    'an unsubscribe that throws': () => ({
      subscribe: ({ error }: { readonly error: (error: unknown) => void }) => {
        error(new Error('broken'));
        return { unsubscribe: fail };
      },
    }),
    ...Object.fromEntries(
      Object.entries(STRAY_ERRORS).flatMap(([name, startFailing]) => [
        [
          `an observable during which ${name} fails`,
          () =>
            new Observable(() => {
              startFailing();
            }),
        ],
        [
          `a generator during which ${name} fails`,
          () =>
            (async function* watched() {
              yield { type: 'SYNCED' };
              startFailing();
              await never;
            })(),
        ],
      ]),
    ),
  };
  for (const [name, failure] of Object.entries(WATCHES)) {
    it(`a watch with ${name} is logged and started again`, async () => {
      await server.close();
      let calls = 0;
      broken = {
        watch: (result) => {
          calls += 1;
          return calls === 1 ? failure(result) : result;
        },
      };
      start();
      await until(() => log.of('error').length > 0);
      await until(() => {
        clock.advance(60_000);
        return calls >= 2 && server.server.counts().ready;
      });
      expect((await server.request(`${TASKS}/known`)).status).to.equal(200);
      await works();
    });
  }

  it('a watch that is stopped while its code fails is only logged', async () => {
    await server.close();
    broken = {
      watch: () =>
        new Observable<HandlerEvent<Task>>((observer) => {
          observer.next({ type: 'SYNCED' });
          return () => void setImmediate(fail);
        }),
    };
    start();
    await until(() => server.server.counts().ready);
    await server.close();
    await until(() => log.of('error').length > 0);
    expect(log.of('error')).to.deep.equal(['tasks.example.com: code of the watch failed after the watch had ended']);
    expect(escaped.all).to.deep.equal([]);
  });
});
