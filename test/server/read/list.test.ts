import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { BASE, names, podSummaries, readWaits, requestWaits, TestServer, until } from '../../support/test-server.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

const ROWS = `${BASE}/podsummaries`;
const FINGERPRINT_BITS = 20n;

/** Returns a position of the same projection, by a number of source versions later. */
const later = (position: string, versions: bigint): string =>
  (BigInt(position) + (versions << FINGERPRINT_BITS)).toString();
/** Returns the same source version, of other projection code. */
const foreign = (position: string): string => (BigInt(position) ^ 1n).toString();

describe('list()', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let version: string;
  const list = (query: string): Promise<Record<string, any>> => test.json(`${ROWS}?${query}`);

  beforeEach(async () => {
    pods = fakeInformer(
      pod('shop/web-1', { phase: 'Running', labels: { app: 'web' } }),
      pod('shop/web-2', { phase: 'Pending', labels: { app: 'web' } }),
      pod('bank/db-1', { phase: 'Running', labels: { app: 'db' } }),
      pod('bank/db-2', { phase: 'Failed' }),
    );
    test = await TestServer.listening({ resources: [podSummaries(pods, { log: { entries: 5 } })] });
    version = (await list('')).metadata.resourceVersion;
  });

  afterEach(() => test.close());

  describe('at a version', () => {
    for (const query of [
      '',
      'resourceVersion=0',
      'resourceVersion=',
      'resourceVersion=0&resourceVersionMatch=NotOlderThan',
    ]) {
      it(`returns the current rows for "${query}"`, async () => {
        pods.add(pod('zoo/late'));
        const { items, metadata } = await list(query);
        expect(items).to.have.length(5);
        expect(revisionOf(metadata.resourceVersion)).to.equal(revisionAfter(version, 1));
      });
    }

    it('returns the current rows for an older version, unless the request asks for exactly this version', async () => {
      pods.add(pod('zoo/late'));
      expect((await list(`resourceVersion=${version}`)).items).to.have.length(5);
      const latest = await list(`resourceVersion=${version}&resourceVersionMatch=NotOlderThan&limit=2`);
      expect(revisionOf(latest.metadata.resourceVersion)).to.equal(revisionAfter(version, 1));
      for (const query of ['&resourceVersionMatch=Exact', '&limit=10']) {
        const exact = await list(`resourceVersion=${version}${query}`);
        expect(exact.items, query).to.have.length(4);
        expect(exact.metadata, query).to.deep.equal({ resourceVersion: version });
      }
    });

    for (const query of ['', '&resourceVersionMatch=NotOlderThan', '&resourceVersionMatch=Exact', '&limit=1']) {
      it(`waits three seconds for a future version, then responds with 504 (${query})`, async () => {
        const future = later(version, 3n);
        const response = test.get(`${ROWS}?resourceVersion=${future}${query}`);
        await requestWaits(test);
        test.clock.advance(2999);
        pods.bookmark();
        await settled();
        // This wait, and the deadline of the request.
        expect(test.clock.waiting).to.equal(2);
        test.clock.advance(1);
        const { status, headers, text } = await response;
        expect(status).to.equal(504);
        expect(headers['retry-after']).to.equal('1');
        expect(JSON.parse(text)).to.deep.equal({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `Timeout: Too large resource version: ${future}, current: ${later(version, 1n)}`,
          reason: 'Timeout',
          details: {
            causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            retryAfterSeconds: 1,
          },
          code: 504,
        });
        expect(test.clock.waiting).to.equal(0);
      });
    }

    it('responds as soon as the view has reached a future version', async () => {
      const response = list(`resourceVersion=${later(version, 2n)}`);
      await requestWaits(test);
      pods.add(pod('zoo/a'));
      pods.add(pod('zoo/b'));
      expect((await response).items).to.have.length(6);
      expect(test.clock.waiting).to.equal(0);
    });

    it('stops waiting when the client disconnects', async () => {
      const stream = test.http2.watch(`${ROWS}?resourceVersion=${later(version, 2n)}`);
      await readWaits(test);
      stream.cancel();
      await until(() => test.clock.waiting === 0);
      expect(test.log.of('error')).to.deep.equal([]);
    });

    it('returns the current rows for a version of other projection code, and 410 for exactly this version', async () => {
      const other = foreign(version);
      expect((await list(`resourceVersion=${other}`)).items).to.have.length(4);
      for (const query of ['&resourceVersionMatch=Exact', '&limit=10']) {
        const { code, reason, message } = await list(`resourceVersion=${other}${query}`);
        expect({ code, reason, message }).to.deep.equal({
          code: 410,
          reason: 'Expired',
          message: 'The resourceVersion for the provided list is too old.',
        });
      }
    });

    it('responds with 410 for an exact version that has fallen out of the log', async () => {
      pods.add(pod('zoo/p0'));
      const oldest = (await list('')).metadata.resourceVersion;
      for (let i = 1; i < 6; i += 1) pods.add(pod(`zoo/p${i}`));
      expect((await list(`resourceVersion=${version}&resourceVersionMatch=Exact`)).code).to.equal(410);
      expect((await list(`resourceVersion=${oldest}&resourceVersionMatch=Exact`)).items).to.have.length(5);
    });

    for (const [query, code, message] of [
      [
        'resourceVersion=abc',
        400,
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      ],
      [
        'resourceVersion=-1',
        400,
        'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
      ],
      [
        'resourceVersionMatch=Exact',
        422,
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      ],
      [
        'resourceVersion=0&resourceVersionMatch=Exact',
        422,
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ],
      [
        'resourceVersion=5&resourceVersionMatch=Newest',
        422,
        /Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""$/,
      ],
      ['sendInitialEvents=true', 422, /sendInitialEvents is forbidden for list$/],
      ['limit=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['continue=nonsense', 400, /^invalid continue token: continue key is not valid/],
      ['continue=x&resourceVersion=5', 400, 'specifying resource version is not allowed when using continue'],
      ['labelSelector=a=b=c', 400, "found '=', expected: ',' or 'end of string'"],
      ['fieldSelector=spec.nodeName=x', 400, 'field label not supported: spec.nodeName'],
      ['fieldSelector=x', 400, "invalid selector: 'x'; can't understand 'x'"],
    ] as const) {
      it(`refuses ${query} with ${code}`, async () => {
        const { status, text } = await test.get(`${ROWS}?${query}`);
        expect(status).to.equal(code);
        const body = JSON.parse(text);
        if (typeof message === 'string') expect(body.message).to.equal(message);
        else expect(body.message).to.match(message);
      });
    }
  });

  describe('in pages', () => {
    const walk = async (
      query: string,
      limit: number,
      between: () => void = () => undefined,
    ): Promise<Record<string, any>[]> => {
      const pages = [await list(`${query}&limit=${limit}`)];
      for (
        let token = pages[0]?.['metadata'].continue;
        token !== undefined;
        token = pages.at(-1)?.['metadata'].continue
      ) {
        between();
        pages.push(await list(`${query}&limit=${limit}&continue=${encodeURIComponent(token)}`));
      }
      return pages;
    };

    it('returns every row of one snapshot once, while rows change', async () => {
      let count = 0;
      const pages = await walk('', 1, () => pods.add(pod(`bank/new-${(count += 1)}`)));
      expect(pages.flatMap(names)).to.deep.equal(['db-1', 'db-2', 'web-1', 'web-2']);
      expect(pages.map(({ metadata }) => metadata.remainingItemCount)).to.deep.equal([3, 2, 1, undefined]);
      expect(new Set(pages.map(({ metadata }) => metadata.resourceVersion))).to.deep.equal(new Set([version]));
    });

    it('returns no token when the limit is reached with the last row', async () => {
      const { metadata } = await list('limit=4');
      expect(metadata).to.deep.equal({ resourceVersion: version });
    });

    it('ignores the limit when resourceVersion is 0', async () => {
      const { items, metadata } = await list('limit=1&resourceVersion=0');
      expect(items).to.have.length(4);
      expect(metadata).to.deep.equal({ resourceVersion: version });
    });

    it('fills pages with selected rows, without a remaining count, and can end with an empty page', async () => {
      const pages = await walk('labelSelector=app%3Dweb', 1);
      expect(pages.map(names)).to.deep.equal([['web-1'], ['web-2']]);
      expect(pages[0]?.['metadata']).to.not.have.property('remainingItemCount');
      const more = await walk('labelSelector=app%3Ddb', 1);
      expect(more.map(names)).to.deep.equal([['db-1'], []]);
    });

    it('returns no token for the only row that a name and a namespace select', async () => {
      const one = await test.json(`${BASE}/namespaces/bank/podsummaries?limit=1&fieldSelector=metadata.name%3Ddb-1`);
      expect(names(one)).to.deep.equal(['db-1']);
      expect(one['metadata']).to.deep.equal({ resourceVersion: version });
      // Across all namespaces, the name alone does not determine the key.
      expect((await list('limit=1&fieldSelector=metadata.name%3Ddb-1')).metadata).to.have.property('continue');
    });

    it('stays within one namespace', async () => {
      const first = await test.json(`${BASE}/namespaces/bank/podsummaries?limit=1`);
      const token = first['metadata'].continue;
      expect(JSON.parse(Buffer.from(token, 'base64url').toString()).start).to.equal('db-1\0');
      expect(names(await test.json(`${BASE}/namespaces/bank/podsummaries?continue=${token}`))).to.deep.equal(['db-2']);
      expect(names(await test.json(`${BASE}/namespaces/shop/podsummaries?continue=${token}`))).to.deep.equal([
        'web-1',
        'web-2',
      ]);
      const climbing = Buffer.from(`{"v":"meta.k8s.io/v1","rv":${version},"start":"../shop/a"}`).toString('base64url');
      expect((await test.json(`${BASE}/namespaces/bank/podsummaries?continue=${climbing}`))['code']).to.equal(400);
    });

    it('responds with 410 when the snapshot has expired, with a token for the rest of the current rows', async () => {
      const first = await list('limit=1');
      for (let i = 0; i < 6; i += 1) pods.add(pod(`zoo/p${i}`));
      const { status, text } = await test.get(`${ROWS}?limit=6&continue=${first.metadata.continue}`);
      expect(status).to.equal(410);
      const gone = JSON.parse(text);
      expect(gone).to.deep.include({ kind: 'Status', reason: 'Expired', code: 410 });
      expect(gone.message).to.match(
        /^The provided continue parameter is too old to display a consistent list result\./,
      );
      expect(JSON.parse(Buffer.from(gone.metadata.continue, 'base64url').toString())).to.deep.equal({
        v: 'meta.k8s.io/v1',
        rv: -1,
        start: 'bank/db-1\0',
      });
      const rest = await list(`limit=6&continue=${gone.metadata.continue}`);
      expect(names(rest)).to.deep.equal(['db-2', 'web-1', 'web-2', 'p0', 'p1', 'p2']);
      expect(revisionOf(rest.metadata.resourceVersion)).to.equal(revisionAfter(version, 6));
      const last = await list(`continue=${rest.metadata.continue}`);
      expect(names(last)).to.deep.equal(['p3', 'p4', 'p5']);
      expect(last.metadata.resourceVersion).to.equal(rest.metadata.resourceVersion);
    });
  });

  describe('with selectors', () => {
    for (const [query, expected] of [
      ['labelSelector=app', ['db-1', 'web-1', 'web-2']],
      ['labelSelector=!app', ['db-2']],
      ['labelSelector=app!=web', ['db-1', 'db-2']],
      ['labelSelector=app in (web,db)', ['db-1', 'web-1', 'web-2']],
      ['fieldSelector=status.phase=Running', ['db-1', 'web-1']],
      ['fieldSelector=status.phase!=Running', ['db-2', 'web-2']],
      ['fieldSelector=metadata.name=web-1', ['web-1']],
      ['fieldSelector=metadata.name!=web-1', ['db-1', 'db-2', 'web-2']],
      ['fieldSelector=metadata.namespace=bank', ['db-1', 'db-2']],
      ['fieldSelector=metadata.namespace=bank,metadata.name=web-1', []],
      ['fieldSelector=status.phase=Running&labelSelector=app=web', ['web-1']],
      ['fieldSelector=metadata.name=none', []],
    ] as const) {
      it(`selects by ${query}`, async () => {
        expect(names(await list(encodeURI(query)))).to.deep.equal(expected);
      });
    }

    it('returns no rows if the path and the field selector name different namespaces', async () => {
      const { items } = await test.json(`${BASE}/namespaces/shop/podsummaries?fieldSelector=metadata.namespace%3Dbank`);
      expect(items).to.deep.equal([]);
    });
  });

  it('returns an empty array and a version for an empty namespace', async () => {
    const empty = await test.json(`${BASE}/namespaces/nowhere/podsummaries`);
    expect(empty).to.deep.equal({
      kind: 'PodSummaryList',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: version },
      items: [],
    });
  });
});
