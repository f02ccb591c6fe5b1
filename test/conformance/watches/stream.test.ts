/**
 * Errors, frames and ends of a watch on the wire: conformance 2.5, 2.6, 2.7 and 2.9. One file, because all cases read raw frames of one
 * server.
 */
import { expect } from 'chai';
import { FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { requestHeaderConfig } from '../../server/access/proxy.ts';
import { BASE } from '../../support/test-server.ts';
import {
  AWB,
  later,
  lines,
  next,
  objectOf,
  PARTIAL,
  rest,
  ROWS,
  SHOP,
  SIE,
  TABLE,
  eventText,
  WatchRig,
} from './watch-rig.ts';

describe('a watch on the wire', () => {
  let rig: WatchRig;
  let version: string;

  beforeEach(async () => {
    rig = await WatchRig.of(pod('shop/a', { phase: 'Running' }), pod('shop/b'));
    version = await rig.version();
  });

  afterEach(() => rig.close());

  describe('rejected requests', () => {
    const refusal = async (
      path: string,
      headers: Record<string, string> = {},
      method = 'GET',
    ): Promise<{ code: number; retryAfter: unknown }> => {
      const { status, text, headers: responseHeaders } = await rig.test.get(path, headers, method);
      const body = JSON.parse(text);
      expect(body).to.deep.include({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
      expect(responseHeaders['content-type']).to.equal('application/json');
      return { code: status, retryAfter: responseHeaders['retry-after'] };
    };

    for (const [title, query, code] of [
      ['2.6 options that conflict return HTTP 422', 'watch=1&sendInitialEvents=true', 422],
      ['2.6 an invalid option returns HTTP 400', 'watch=1&timeoutSeconds=abc', 400],
      ['2.6 an invalid label selector returns HTTP 400', 'watch=1&labelSelector=a%3Db%3Dc', 400],
      ['2.6 an unsupported field returns HTTP 400', 'watch=1&fieldSelector=spec.x%3D1', 400],
      ['2.6 an invalid version returns HTTP 400', 'watch=1&resourceVersion=abc', 400],
    ] as const) {
      it(title, async () => {
        expect(await refusal(`${ROWS}?${query}`)).to.deep.equal({ code, retryAfter: undefined });
      });
    }

    it('2.6 an Accept header without a supported type returns HTTP 406', async () => {
      expect((await refusal(`${ROWS}?watch=1`, { accept: 'application/vnd.example' })).code).to.equal(406);
    });

    it('2.6 an unauthenticated client receives HTTP 401', async () => {
      await rig.close();
      rig = await WatchRig.over(fakeInformer(pod('shop/a')), {
        server: { authentication: await requestHeaderConfig() },
      });
      expect((await refusal(`${ROWS}?watch=1`)).code).to.equal(401);
    });

    it('2.6 a method other than GET returns HTTP 405', async () => {
      for (const method of ['POST', 'DELETE']) {
        expect((await refusal(`${ROWS}?watch=1`, {}, method)).code).to.equal(405);
      }
    });

    it('2.6 a source that is not ready returns HTTP 429 with Retry-After', async () => {
      await rig.close();
      rig = await WatchRig.over(new FakeInformer({ objects: [pod('shop/a')], notSynced: true }));
      for (const query of ['', AWB, `${AWB}&${SIE}`, 'resourceVersion=0', `resourceVersion=${version}`]) {
        expect(await refusal(`${ROWS}?watch=1&${query}`)).to.deep.equal({ code: 429, retryAfter: '1' });
      }
    });
  });

  describe('watches that end with an ERROR', () => {
    for (const [form, accept] of [
      ['object', 'application/json'],
      ['Table', TABLE],
      ['PartialObjectMetadata', PARTIAL],
    ] as const) {
      it(`2.6 a version that is too old, as ${form}, returns HTTP 200 with one ERROR 410 that has a Status, and ends`, async () => {
        const foreign = (BigInt(version) ^ 1n).toString();
        const stream = rig.open(`resourceVersion=${foreign}`, { accept });
        const [error, over] = await lines(stream, 2);
        expect([stream.status, error?.type, over]).to.deep.equal([200, 'ERROR', undefined]);
        expect(error?.object).to.deep.equal({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `too old resource version: ${foreign} (${version})`,
          reason: 'Expired',
          code: 410,
        });
      });
    }

    it('2.6 initial events of a version that does not arrive return HTTP 200 with one ERROR 504, and end', async () => {
      const future = later(version, 5n);
      const before = rig.test.clock.waiting;
      const stream = rig.open(`${SIE}&${AWB}&resourceVersion=${future}`);
      await rig.waiting(before);
      await rig.pass(2999);
      await rig.pass(1);
      const [error, over] = await lines(stream, 2);
      expect([stream.status, error?.type, over]).to.deep.equal([200, 'ERROR', undefined]);
      expect(error?.object).to.deep.equal({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Timeout: Too large resource version: ${future}, current: ${version}`,
        reason: 'Timeout',
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
        code: 504,
      });
    });
  });

  describe('watches that the server ends', () => {
    it('2.5 a watch ends cleanly after timeoutSeconds, after a complete line and without a final event', async () => {
      const response = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=5&timeout=1s`);
      while (rig.watchers === 0) await rig.pass(0);
      await rig.pass(4999);
      expect(rig.watchers).to.equal(1);
      await rig.pass(1);
      const { text } = await response;
      expect(text.endsWith('\n')).to.equal(true);
      expect(
        text
          .trimEnd()
          .split('\n')
          .map((line) => eventText(JSON.parse(line))),
      ).to.deep.equal(['ADDED a Running', 'ADDED b Pending']);
    });

    for (const [title, ended] of [
      [
        '2.5 a watch ends cleanly without an ERROR after a relist that changes more than one row',
        () => rig.pods.replace(pod('shop/x')),
      ],
      ['2.5 a watch ends cleanly without an ERROR when its source is removed', () => rig.pods.gone()],
      ['2.5 a watch ends cleanly without an ERROR at shutdown', () => void rig.test.server.close()],
    ] as const) {
      it(title, async () => {
        const stream = await rig.opened(`${AWB}&resourceVersion=${version}`);
        ended();
        while (rig.watchers > 0) await rig.pass(1000);
        expect(await rest(stream)).to.deep.equal([]);
        expect(stream.status).to.equal(200);
      });
    }
  });

  describe('frames', () => {
    for (const accept of [
      undefined,
      '*/*',
      'application/json',
      'application/json;stream=watch',
      'application/vnd.kubernetes.protobuf,application/json',
      'application/cbor,application/json',
      TABLE,
      PARTIAL,
    ]) {
      it(`2.7 Content-Type is application/json for Accept ${accept}`, async () => {
        const headers = accept === undefined ? {} : { accept };
        const response = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=1`, headers);
        while (rig.watchers === 0) await rig.pass(0);
        await rig.pass(1000);
        expect((await response).headers).to.include({
          'content-type': 'application/json',
          'transfer-encoding': 'chunked',
        });
      });
    }

    it('2.7 each event is one compact line, for any content and any request', async () => {
      const labels = { text: 'one\ntwo\r\nthree\u2028four "five" \u00fc \ud83d\ude00' };
      rig.pods.modify(pod('shop/a', { phase: 'Running', labels }));
      const response = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=1&pretty=true`, { 'user-agent': 'curl/8' });
      while (rig.watchers === 0) await rig.pass(0);
      await rig.pass(1000);
      const { text } = await response;
      const all = text.split('\n');
      expect(all).to.have.length(3);
      expect(all[2]).to.equal('');
      expect(text).to.not.include('\r');
      for (const line of all.slice(0, 2)) expect(JSON.stringify(JSON.parse(line))).to.equal(line);
      expect(objectOf(JSON.parse(all[0] ?? '')).metadata.labels).to.deep.equal(labels);
    });

    it('2.7 events are sent without waiting for later ones, and the headers before the first event', async () => {
      const stream = await rig.opened(`resourceVersion=${version}`);
      while (stream.status === 0) await rig.pass(0);
      for (const name of ['x', 'y', 'z']) {
        rig.pods.add(pod(`zoo/${name}`));
        expect(eventText(await stream.next())).to.equal(`ADDED ${name} Pending`);
      }
    });

    it('2.7 a WatchList is not compressed, even if the client accepts gzip', async () => {
      const response = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=1&${SIE}&${AWB}`, { 'accept-encoding': 'gzip' });
      while (rig.watchers === 0) await rig.pass(0);
      await rig.pass(1000);
      const { headers, text } = await response;
      expect([headers['content-encoding'], text.slice(0, 8)]).to.deep.equal([undefined, '{"type":']);
    });
  });

  describe('watches of one object, and on deprecated paths', () => {
    it('2.9 a watch of a missing name sends nothing until the object is ADDED', async () => {
      const stream = await rig.opened('fieldSelector=metadata.name%3Dlate', { path: SHOP });
      rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
      rig.pods.add(pod('shop/late'));
      rig.pods.delete('shop/late');
      expect(await next(stream, 2)).to.deep.equal(['ADDED late Pending', 'DELETED late Pending']);
    });

    it('2.9 RV unset equals RV 0 and sends the current state, then changes', async () => {
      const streams = await Promise.all(
        ['', 'resourceVersion=0'].map((query) => rig.opened(query, { path: `${BASE}/watch/podsummaries` })),
      );
      rig.pods.delete('shop/a');
      for (const stream of streams) {
        expect(await next(stream, 3)).to.deep.equal(['ADDED a Running', 'ADDED b Pending', 'DELETED a Running']);
      }
    });

    it('2.9 the rules of lists apply: SIE is forbidden, and RVM requires a version and has no other effect', async () => {
      const path = `${BASE}/watch/podsummaries`;
      for (const query of ['sendInitialEvents=true', SIE, 'resourceVersionMatch=NotOlderThan']) {
        expect((await rig.test.get(`${path}?${query}`)).status, query).to.equal(422);
      }
      for (const match of ['Exact', 'NotOlderThan']) {
        const stream = await rig.opened(`resourceVersion=${version}&resourceVersionMatch=${match}`, { path });
        rig.pods.add(pod(`zoo/${match.toLowerCase()}`));
        expect(await next(stream, 1)).to.deep.equal([`ADDED ${match.toLowerCase()} Pending`]);
        version = await rig.version();
      }
    });
  });
});
