import { expect } from 'chai';
import type { UpstreamReviewResult } from '../../../src/informers/collection/upstream.ts';
import { ReviewError, Reviewer, type ReviewKind } from '../../../src/server/access/reviewer.ts';
import { FakeClock, settled } from '../../../src/testing/informers/index.ts';

const KIND: ReviewKind = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  kind: 'TokenReview',
};
const SPEC = { token: 't' };
const REVIEW = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  spec: SPEC,
  status: { authenticated: true },
};
const DONE: UpstreamReviewResult = { type: 'done', object: REVIEW };

function refused(code: number, retryAfterSeconds?: number): UpstreamReviewResult {
  return { type: 'refused', code, status: { message: `code ${code}` }, retryAfterSeconds };
}

describe('Reviewer', () => {
  let clock: FakeClock;
  let results: (UpstreamReviewResult | 'never')[];
  let sent: { readonly at: number; readonly review: unknown }[];
  let observed: string[];
  let end: AbortController;
  let reviewer: Reviewer;
  const start = 1000;

  beforeEach(() => {
    clock = new FakeClock(start);
    sent = [];
    observed = [];
    end = new AbortController();
    reviewer = new Reviewer({
      clock,
      random: () => 0.5,
      signal: end.signal,
      onRequest: ({ kind }, status, seconds) => observed.push(`${kind} ${status ?? 'none'} ${seconds}`),
      upstream: {
        review: (_resource, review) => {
          sent.push({ at: clock.now() - start, review });
          const result = results.shift() ?? DONE;
          return result === 'never' ? new Promise(() => undefined) : Promise.resolve(result);
        },
      },
    });
  });
  afterEach(() => expect(clock.waiting, 'timers').to.equal(0));

  const outcome = async (milliseconds = 20_000): Promise<unknown> => {
    const review = reviewer.review(KIND, SPEC).catch((error: unknown) => error);
    await clock.run(milliseconds);
    return review;
  };

  it('sends the spec, and returns the status', async () => {
    results = [];
    expect(await outcome()).to.deep.equal({ authenticated: true });
    expect(sent).to.deep.equal([
      { at: 0, review: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 't' } } },
    ]);
  });

  it('repeats a review that fails for a reason that passes, five times at most, with growing delays', async () => {
    results = [refused(500), refused(504), refused(429), { type: 'unknown', cause: new Error('reset') }, refused(500)];
    expect(await outcome())
      .to.be.instanceOf(ReviewError)
      .with.property('message')
      .that.contains('500: code 500');
    // 500 ms, then 1.5 times the delay before. Each is extended by half of a fifth here.
    expect(sent.map(({ at }) => Math.round(at))).to.deep.equal([0, 550, 1375, 2613, 4469]);
    results = [refused(500)];
    expect(await outcome()).to.deep.equal({ authenticated: true });
  });

  it('reports each request with the status and the time of its response', async () => {
    results = [refused(500), { type: 'unknown', cause: new Error('reset') }];
    await outcome();
    expect(observed).to.deep.equal(['TokenReview 500 0', 'TokenReview none 0', 'TokenReview 201 0']);
    results = ['never'];
    await outcome();
    expect(observed.slice(3)).to.deep.equal(['TokenReview none 10']);
  });

  it('waits for the time in Retry-After, and does not wait beyond its timeout', async () => {
    results = [refused(503, 2)];
    expect(await outcome()).to.deep.equal({ authenticated: true });
    expect(sent.map(({ at }) => at)).to.deep.equal([0, 2000]);
    results = [refused(503, 30)];
    expect(await outcome(0)).to.be.instanceOf(ReviewError);
  });

  for (const [title, result] of [
    ['403', refused(403)],
    ['404', refused(404)],
    ['503 without Retry-After', refused(503)],
    ['no connection', { type: 'unreachable', cause: new Error('refused') }],
    ['a response that cannot be decoded', { type: 'unreadable', cause: new Error('no JSON') }],
  ] as const) {
    it(`does not repeat a review after ${title}`, async () => {
      results = [result];
      expect(await outcome(0)).to.be.instanceOf(ReviewError);
      expect(sent).to.have.length(1);
    });
  }

  it('gives up after 10 s, also if the cluster never responds', async () => {
    results = ['never'];
    const review = reviewer.review(KIND, {}).catch((error: unknown) => error);
    await clock.run(9999);
    let isOver = false;
    void review.then(() => (isOver = true));
    await settled();
    expect(isOver).to.equal(false);
    await clock.run(1);
    expect(await review)
      .to.be.instanceOf(ReviewError)
      .with.property('message', 'the TokenReview was not evaluated within 10 s');
  });

  for (const object of [
    undefined,
    null,
    'text',
    [],
    {},
    { kind: 'TokenReview' },
    { ...REVIEW, status: [] },
    { ...REVIEW, status: undefined },
    { ...REVIEW, kind: 'Status' },
    { ...REVIEW, kind: 'SubjectAccessReview' },
    { ...REVIEW, apiVersion: 'authorization.k8s.io/v1' },
    { ...REVIEW, apiVersion: undefined },
    { ...REVIEW, spec: undefined },
    { ...REVIEW, spec: { token: 'another' } },
    { kind: 'Status', status: 'Success' },
  ]) {
    it(`takes ${JSON.stringify(object)} for no review`, async () => {
      results = [{ type: 'done', object }];
      expect(await outcome()).to.be.instanceOf(ReviewError);
    });
  }

  it('ends its reviews and their delays with the server', async () => {
    results = ['never'];
    const reviews = [reviewer.review(KIND, {}).catch((error: unknown) => error)];
    results.push(refused(500));
    reviews.push(reviewer.review(KIND, {}).catch((error: unknown) => error));
    await settled();
    end.abort();
    for (const review of reviews) expect(await review).to.be.instanceOf(ReviewError);
  });
});
