/** No function of a definition ends the process or stops other resources: a table of the functions and of the ways in which they fail. */
import { expect } from 'chai';
import { resource } from '../../src/server/define/resource.ts';
import { identity, map } from '../../src/projections/index.ts';
import { memoryStore } from '../../src/stores/memory/memory-store.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';
import { testServer } from '../../src/testing/projections/index.ts';
import { EscapedErrors, fail } from '../support/stray-errors.ts';
import { RecordedLog } from '../support/test-server.ts';
import { FakeUpstream } from './write/through/fake-upstream.ts';
import { ThroughRig } from './write/through/through-rig.ts';

/** Ways to fail. The types are wrong, as in JavaScript. */
const FAILURES: Readonly<Record<string, () => never>> = {
  throws: fail,
  'throws a text': () => {
    throw 'broken'; // eslint-disable-line no-throw-literal
  },
  'throws undefined': () => {
    throw undefined; // eslint-disable-line no-throw-literal
  },
  'is async and rejects': (async () => fail()) as () => never,
  'is async and resolves': (async () => ({ metadata: { name: 'known' } })) as () => never,
  'returns a symbol': (() => Symbol('broken')) as () => never,
  'returns an object with a getter that throws': (() => ({
    get metadata() {
      return fail();
    },
  })) as () => never,
};

const TASKS = '/apis/example.com/v1/tasks';
const SHOP = '/apis/example.com/v1/namespaces/shop/podsummaries';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const task = (name: string): object => ({ apiVersion: 'example.com/v1', kind: 'Task', metadata: { name }, spec: {} });

describe('failing functions of definitions', () => {
  const escaped = new EscapedErrors();
  beforeEach(() => escaped.start());
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    escaped.stop();
    expect(escaped.all).to.deep.equal([]);
  });

  for (const [way, failure] of Object.entries(FAILURES)) {
    for (const place of ['mutate', 'validate', 'toStored'] as const) {
      it(`${place} that ${way} gives the writer a 500 without the reason, and stores nothing`, async () => {
        const log = new RecordedLog();
        const functions =
          place === 'toStored'
            ? {
                conversion: {
                  storedVersion: 'v2',
                  toStored: failure,
                  fromStored: (object: unknown) => object as never,
                },
              }
            : { [place]: failure };
        const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: false, ...functions }, memoryStore());
        await using server = testServer({ resources: [tasks], log });
        const body = JSON.stringify(task('new'));
        const headers = { 'content-type': 'application/json' };
        const response = await server.request(TASKS, { method: 'POST', headers, body });
        const text = await response.text();
        expect(response.status, text).to.be.oneOf(place === 'toStored' ? [500] : [500, 422]);
        expect(text).not.to.contain('broken');
        if (response.status === 500) expect(log.of('error')).to.have.length(1);
        expect((await server.request(`${TASKS}/new`)).status).to.equal(404);
        expect(await (await server.request('/livez')).text()).to.equal('ok');
      });
    }

    it(`fromStored that ${way} leaves out the object, and the others are served`, async () => {
      const log = new RecordedLog();
      const store = memoryStore();
      let isBroken = false;
      const conversion = {
        storedVersion: 'v2',
        toStored: (object: object) => object,
        fromStored: (object: { metadata: { name: string } }) =>
          isBroken && object.metadata.name === 'bad' ? failure() : (object as never),
      };
      const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: false, conversion }, store);
      await using server = testServer({ resources: [tasks], log });
      const headers = { 'content-type': 'application/json' };
      for (const name of ['good', 'bad']) {
        isBroken = true;
        await server.request(TASKS, { method: 'POST', headers, body: JSON.stringify(task(name)) });
      }
      const { items } = await server.json<{ items: { metadata: { name: string } }[] }>(TASKS);
      expect(items.map(({ metadata }) => metadata.name)).to.include('good');
    });

    it(`a column that ${way} is an empty cell`, async () => {
      const log = new RecordedLog();
      const rows = fakeInformer(pod('shop/web')).pipe(map((object) => ({ metadata: identity(object) })));
      const columns = [
        { name: 'Bad', type: 'string', value: failure },
        { name: 'Since', type: 'date', value: failure },
      ] as const;
      const summaries = resource({ kind: 'PodSummary', plural: 'podsummaries', namespaced: true, columns }, rows);
      await using server = testServer({ resources: [summaries], log });
      const response = await server.request(SHOP, { headers: TABLE });
      expect(response.status).to.equal(200);
      const { rows: received } = JSON.parse(await response.text());
      expect(received[0].cells.slice(0, 2)).to.deep.equal(['web', null]);
      expect(log.of('warn').filter((line) => line.includes('column'))).to.have.length(2);
    });

    it(`a write of a projection that ${way} gives the writer an error without the reason`, async () => {
      const pods = fakeInformer(pod('shop/web'));
      const upstream = new FakeUpstream(pods);
      const log = new RecordedLog();
      const rows = pods.pipe(map((object) => ({ metadata: identity(object) })));
      const write = { patch: failure, replace: failure, delete: failure };
      const summaries = resource({ kind: 'PodSummary', plural: 'podsummaries', namespaced: true, write }, rows);
      const rig = await ThroughRig.of({ resources: [summaries], informers: upstream.informers, log });
      for (const method of ['PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { metadata: { labels: { a: 'b' } } } : undefined;
        const response = await rig.send(method, `${SHOP}/web`, body);
        expect(response.status, JSON.stringify(response.body)).to.be.within(400, 500);
        expect(JSON.stringify(response.body)).not.to.contain('broken');
        expect(upstream.requests).to.deep.equal([]);
      }
      await rig.close();
    });
  }

  it('validate that yields problems without end is read up to a limit', async () => {
    const validate = function* endless(): Generator<{ field: string; message: string }> {
      for (;;) yield { field: 'spec', message: 'is wrong' };
    };
    const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: false, validate }, memoryStore());
    await using server = testServer({ resources: [tasks], log: new RecordedLog() });
    const headers = { 'content-type': 'application/json' };
    const response = await server.request(TASKS, { method: 'POST', headers, body: JSON.stringify(task('new')) });
    expect(response.status).to.equal(422);
  });
});
