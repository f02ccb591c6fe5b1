import { expect } from 'chai';

import { settled, testCluster } from '../support/without-socket.ts';
import type { TestCluster } from '../support/without-socket.ts';

const CMS = '/api/v1/configmaps';

/**
 * Revisions 1001 to 1006: a, b, c, d, e are created in `shop`, and x in `zoo`. 1007: b is changed. 1008: c is deleted.
 */
const letters = (): TestCluster => {
  const cluster = testCluster({ namespaces: ['shop', 'zoo'] });
  const { store } = cluster;
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    store.create('configmaps', {
      metadata: { namespace: 'shop', name, labels: { vowel: String('aeiou'.includes(name)) } },
    });
  }
  store.create('configmaps', { metadata: { namespace: 'zoo', name: 'x' } });
  store.modify('configmaps', 'shop/b', (b) => ({ ...b, data: { changed: 'yes' } }));
  store.delete('configmaps', 'shop/c');
  return cluster;
};

interface Item {
  readonly metadata: { readonly name: string };
}

const namesOf = (items: readonly Item[]): string => items.map(({ metadata }) => metadata.name).join('');

const token = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('reads', () => {
  describe('list', () => {
    for (const [query, names, resourceVersion, more] of [
      ['', 'abdex', '1008', {}],
      ['resourceVersion=0', 'abdex', '1008', {}],
      ['resourceVersion=0&limit=2', 'abdex', '1008', {}],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=2', 'abdex', '1008', {}],
      ['resourceVersion=1003', 'abdex', '1008', {}],
      ['resourceVersion=1003&resourceVersionMatch=NotOlderThan', 'abdex', '1008', {}],
      ['resourceVersion=1003&resourceVersionMatch=NotOlderThan&limit=4', 'abde', '1008', { remaining: 1 }],
      ['resourceVersion=1003&resourceVersionMatch=Exact', 'abc', '1003', {}],
      ['resourceVersion=1003&limit=9', 'abc', '1003', {}],
      ['resourceVersion=1003&limit=2', 'ab', '1003', { remaining: 1 }],
      ['resourceVersion=1000&resourceVersionMatch=Exact', '', '1000', {}],
      ['limit=2', 'ab', '1008', { remaining: 3 }],
      ['limit=5', 'abdex', '1008', {}],
      ['limit=-1', 'abdex', '1008', {}],
      ['labelSelector=vowel=true', 'ae', '1008', {}],
      ['labelSelector=vowel=true&limit=2', 'ae', '1008', { remaining: undefined }],
      ['fieldSelector=metadata.namespace=zoo', 'x', '1008', {}],
      ['fieldSelector=metadata.name!=a', 'bdex', '1008', {}],
    ] as const) {
      it(`with ${query === '' ? 'no parameters' : query} returns ${names === '' ? 'nothing' : names} at ${resourceVersion}`, async () => {
        const { body } = await letters().call('GET', `${CMS}?${query}`);
        expect([namesOf(body.items), body.metadata.resourceVersion]).to.deep.equal([names, resourceVersion]);
        expect('continue' in body.metadata).to.equal('remaining' in more);
        expect(body.metadata.remainingItemCount).to.equal('remaining' in more ? more.remaining : undefined);
      });
    }

    it('reads one snapshot page by page while objects change', async () => {
      const { call, store } = letters();
      const pages: string[] = [];
      let next = '';
      do {
        const { body } = await call(
          'GET',
          `/api/v1/namespaces/shop/configmaps?limit=2${next === '' ? '' : `&continue=${next}`}`,
        );
        pages.push(`${namesOf(body.items)}@${body.metadata.resourceVersion}+${body.metadata.remainingItemCount ?? 0}`);
        store.create('configmaps', { metadata: { namespace: 'shop', name: `c${pages.length}` } });
        if (pages.length === 1) store.delete('configmaps', 'shop/e');
        next = body.metadata.continue ?? '';
      } while (next !== '');
      expect(pages).to.deep.equal(['ab@1008+2', 'de@1008+0']);
    });

    it('responds with 410 and a token for an inconsistent continuation when the snapshot is gone', async () => {
      const { call, store } = letters();
      const first = await call('GET', `${CMS}?limit=2`);
      store.create('configmaps', { metadata: { namespace: 'shop', name: 'f' } });
      store.expireHistory();
      const { code, body } = await call('GET', `${CMS}?limit=2&continue=${first.body.metadata.continue}`);
      expect([code, body.reason]).to.deep.equal([410, 'Expired']);
      expect(body.message).to.match(
        /^The provided continue parameter is too old to display a consistent list result\./,
      );
      const rest = await call('GET', `${CMS}?limit=2&continue=${body.metadata.continue}`);
      expect([namesOf(rest.body.items), rest.body.metadata.resourceVersion]).to.deep.equal(['de', '1009']);
      const last = await call('GET', `${CMS}?continue=${rest.body.metadata.continue}`);
      expect([namesOf(last.body.items), last.body.metadata.resourceVersion]).to.deep.equal(['fx', '1009']);
    });

    it('confines a token to its namespace', async () => {
      const start = token({ v: 'meta.k8s.io/v1', rv: 1008, start: 'zoo/x' });
      const { body } = await letters().call('GET', `/api/v1/namespaces/shop/configmaps?continue=${start}`);
      expect(namesOf(body.items)).to.equal('');
    });

    it('may end with an empty page if there is a selector', async () => {
      const { call } = letters();
      const first = await call(
        'GET',
        '/api/v1/namespaces/shop/configmaps?limit=1&labelSelector=vowel=false&fieldSelector=metadata.name=d',
      );
      expect([namesOf(first.body.items), 'continue' in first.body.metadata]).to.deep.equal(['d', true]);
      const { metadata } = first.body;
      const last = await call(
        'GET',
        `/api/v1/namespaces/shop/configmaps?limit=1&labelSelector=vowel=false&continue=${metadata.continue}`,
      );
      expect([last.body.items, 'continue' in last.body.metadata]).to.deep.equal([[], false]);
    });

    it('has no resourceVersion if the kind has noListVersion', async () => {
      const { call, store } = testCluster();
      store.addKind({
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        plural: 'pods',
        kind: 'PodMetrics',
        verbs: ['get', 'list'],
        noListVersion: true,
      });
      const path = '/apis/metrics.k8s.io/v1beta1/pods';
      expect((await call('GET', path)).body.metadata).to.deep.equal({});
      const { code, body } = await call('GET', `${path}?watch=1`);
      expect([code, body.message]).to.deep.equal([
        405,
        'watch is not supported on resources of kind "pods.metrics.k8s.io"',
      ]);
    });
  });

  describe('of a future version', () => {
    for (const url of [
      `${CMS}?resourceVersion=1009`,
      `${CMS}?resourceVersion=1009&resourceVersionMatch=Exact`,
      '/api/v1/namespaces/zoo/configmaps/x?resourceVersion=1009',
    ]) {
      it(`wait for it: ${url}`, async () => {
        const { call, store } = letters();
        const response = call('GET', url);
        await settled();
        store.create('namespaces', { metadata: { name: 'other' } });
        expect((await response).code).to.equal(200);
      });

      it(`fail after three seconds: ${url}`, async () => {
        const { call, clock } = letters();
        const response = call('GET', url);
        await settled();
        clock.advance(2999);
        clock.advance(1);
        const { code, body, headers } = await response;
        expect([code, headers['retry-after'], body]).to.deep.equal([
          504,
          '1',
          {
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: 'Timeout: Too large resource version: 1009, current: 1008',
            reason: 'Timeout',
            details: {
              causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
              retryAfterSeconds: 1,
            },
            code: 504,
          },
        ]);
      });
    }
  });

  describe('representations', () => {
    const TABLE =
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

    it('include Tables for kubectl', async () => {
      const { call, clock } = letters();
      clock.advance(185_000);
      const { body, headers } = await call('GET', `${CMS}?limit=1`, { headers: { accept: TABLE } });
      expect(headers['content-type']).to.equal('application/json');
      expect(body).to.deep.include({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(body.columnDefinitions.map((column: { name: string }) => column.name)).to.deep.equal([
        'Name',
        'Data',
        'Age',
      ]);
      expect(body.metadata).to.have.keys('resourceVersion', 'continue', 'remainingItemCount');
      expect(body.rows).to.have.length(1);
      expect(body.rows[0].cells).to.deep.equal(['a', 0, '3m5s']);
      expect(body.rows[0].object).to.deep.include({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    });

    it('include a Table of one row for a get, with the whole object on request', async () => {
      const { body } = await letters().call('GET', '/api/v1/namespaces/zoo/configmaps/x?includeObject=Object', {
        headers: { accept: TABLE },
      });
      expect([body.metadata.resourceVersion, body.rows.length, body.rows[0].object.kind]).to.deep.equal([
        '1006',
        1,
        'ConfigMap',
      ]);
    });

    it('include partial metadata', async () => {
      const { call } = letters();
      const list = await call('GET', CMS, {
        headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
      });
      expect([list.body.kind, list.body.items.length, Object.keys(list.body.items[0])]).to.deep.equal([
        'PartialObjectMetadataList',
        5,
        ['kind', 'apiVersion', 'metadata'],
      ]);
      const one = { headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } };
      expect((await call('GET', '/api/v1/namespaces/zoo/configmaps/x', one)).body.kind).to.equal(
        'PartialObjectMetadata',
      );
      expect((await call('GET', CMS, one)).code).to.equal(406);
    });

    it('include indented JSON for people', async () => {
      const { call } = letters();
      expect((await call('GET', `${CMS}?pretty=true`)).text).to.match(/^\{\n {2}"kind": "ConfigMapList"/);
      expect((await call('GET', CMS, { headers: { 'user-agent': 'curl/8' } })).text).to.match(/^\{\n/);
    });
  });
});
