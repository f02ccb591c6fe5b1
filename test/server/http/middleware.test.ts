import { expect } from 'chai';
import { chain, type Middleware } from '../../../src/server/http/middleware.ts';

type Context = Parameters<Middleware>[0];

const ctx = {} as unknown as Context;

describe('chain()', () => {
  it('runs middlewares in their order, at once', () => {
    const steps: string[] = [];
    const around =
      (name: string): Middleware =>
      (_ctx, next) => {
        steps.push(`${name} begins`);
        const done = next();
        steps.push(`${name} ends`);
        return done;
      };
    expect(chain([around('a'), around('b'), () => 'done'])(ctx)).to.equal('done');
    expect(steps).to.deep.equal(['a begins', 'b begins', 'b ends', 'a ends']);
  });

  it('returns the promise of a middleware that waits', async () => {
    const done = chain([(_ctx, next) => next(), async (_ctx, next) => next(), () => 1])(ctx);
    expect(done).to.be.instanceOf(Promise);
    expect(await done).to.equal(1);
  });

  it('throws the error of a middleware', () => {
    const failing = chain([
      (_ctx, next) => next(),
      () => {
        throw new RangeError('failed');
      },
    ]);
    expect(() => failing(ctx)).to.throw(RangeError, 'failed');
  });

  it('does nothing after the last middleware', () => {
    expect(chain([(_ctx, next) => next()])(ctx)).to.equal(undefined);
  });

  it('refuses to run the next middleware twice', () => {
    const twice = chain([
      (_ctx, next) => {
        next();
        next();
      },
      () => undefined,
    ]);
    expect(() => twice(ctx)).to.throw('next() called multiple times');
  });
});
