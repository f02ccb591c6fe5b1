/** Decisions by SubjectAccessReviews: what counts as one, and how long. */
import { expect } from 'chai';
import { anyAuthenticatedAuthorizer, delegatedAuthorizer } from '../../../src/server/access/authorizer.ts';
import { ReviewError } from '../../../src/server/access/reviewer.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';

type Status = Readonly<Record<string, unknown>>;

describe('delegatedAuthorizer()', () => {
  let clock: FakeClock;
  let sent: string[];
  let review: (spec: { readonly user: string }) => Status | Promise<Status>;
  let ask: (user: string) => Promise<boolean | 'failed'>;
  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
    review = () => ({ allowed: true });
    const authorizer = delegatedAuthorizer(
      {
        review: async (kind, spec) => {
          sent.push(`${kind.group}/${kind.version} ${kind.kind}`);
          return review(spec as { readonly user: string });
        },
      },
      clock,
    );
    ask = async (user) => {
      const spec = { user };
      try {
        return (await authorizer(spec, JSON.stringify(spec))).allowed;
      } catch (error) {
        expect(error).to.be.instanceOf(Error);
        return 'failed';
      }
    };
  });

  for (const [status, expected] of [
    [{ allowed: true }, true],
    [{ allowed: true, denied: false, reason: 'RBAC' }, true],
    [{ allowed: false }, false],
    [{ allowed: false, denied: true }, false],
    [{ allowed: false, evaluationError: 'a role is missing' }, false],
    [{ allowed: true, denied: true }, 'failed'],
    [{ allowed: true, denied: 'false' }, 'failed'],
    [{ allowed: 'true' }, 'failed'],
    [{ allowed: 1 }, 'failed'],
    [{ allowed: null }, 'failed'],
    [{ allowed: [true] }, 'failed'],
    [{ allowed: true, reason: 3 }, 'failed'],
    [{ Allowed: true }, 'failed'],
    [{}, 'failed'],
  ] as const) {
    it(`takes the status ${JSON.stringify(status)} as ${expected}`, async () => {
      review = () => status;
      expect(await ask('alice')).to.equal(expected);
      expect(sent).to.deep.equal(['authorization.k8s.io/v1 SubjectAccessReview']);
    });
  }

  for (const allowed of [true, false]) {
    it(`keeps ${allowed ? 'an allowed' : 'a denied'} review for ten seconds after it was sent`, async () => {
      review = () => {
        clock.advance(4000);
        return { allowed };
      };
      expect(await ask('alice')).to.equal(allowed);
      review = () => ({ allowed: !allowed });
      clock.advance(5999);
      expect(await ask('alice')).to.equal(allowed);
      clock.advance(1);
      expect(await ask('alice')).to.equal(!allowed);
    });
  }

  it('keeps no failure, and an allowed review survives the failures of ten seconds', async () => {
    expect(await ask('alice')).to.equal(true);
    review = () => Promise.reject(new ReviewError('down'));
    clock.advance(9999);
    expect(await ask('alice')).to.equal(true);
    expect(await ask('bob')).to.equal('failed');
    clock.advance(1);
    expect(await ask('alice')).to.equal('failed');
    review = () => ({ allowed: true });
    expect(await ask('alice')).to.equal(true);
  });

  it('sends one review at once for equal specs', async () => {
    const result = Promise.withResolvers<Status>();
    review = () => result.promise;
    const results = [ask('alice'), ask('alice'), ask('bob')];
    expect(sent).to.have.length(2);
    result.resolve({ allowed: true });
    expect(await Promise.all(results)).to.deep.equal([true, true, true]);
  });

  it('keeps no review of a spec of more than 10,000 characters', async () => {
    const user = 'u'.repeat(10_000);
    expect(await ask(user)).to.equal(true);
    review = () => ({ allowed: false });
    expect(await ask(user)).to.equal(false);
  });

  it('decides as a model does, for random rights, times and outages', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const rights = new Map<string, boolean>();
      const model = new Map<string, { readonly allowed: boolean; readonly until: number }>();
      clock.advance(20_000);
      let isDown = false;
      review = ({ user }) => {
        if (isDown) throw new ReviewError('down');
        return { allowed: rights.get(user) === true };
      };
      for (let step = 0; step < 60; step += 1) {
        const user = `${seed}-${Math.floor(random() * 3)}`;
        const action = random();
        if (action < 0.2) rights.set(user, random() < 0.5);
        else if (action < 0.3) isDown = !isDown;
        else if (action < 0.5) clock.advance(Math.floor(random() * 6000));
        else {
          const kept = model.get(user);
          const isKept = kept !== undefined && clock.now() < kept.until;
          const now = rights.get(user) === true;
          const expected = isKept ? kept.allowed : isDown ? 'failed' : now;
          if (!isKept && !isDown) model.set(user, { allowed: now, until: clock.now() + 10_000 });
          expect(await ask(user), `seed ${seed}, step ${step}`).to.equal(expected);
        }
      }
    }
  });
});

describe('anyAuthenticatedAuthorizer()', () => {
  it('denies users that are not authenticated', () => {
    expect(anyAuthenticatedAuthorizer({ user: 'a', groups: ['system:authenticated'] })).to.deep.equal({
      allowed: true,
    });
    expect(anyAuthenticatedAuthorizer({ user: 'system:anonymous', groups: ['system:unauthenticated'] })).to.deep.equal({
      allowed: false,
    });
    expect(anyAuthenticatedAuthorizer({ user: 'a' })).to.deep.equal({ allowed: false });
  });
});
