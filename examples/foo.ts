/** `foo`: a raw endpoint, plain koa handlers under a resource's path. */
import { type RawEndpoint, rawEndpoint } from 'kubefacet/server';

export const foo: RawEndpoint = rawEndpoint({
  name: 'foo',
  paths: {
    '': { GET: (ctx) => void (ctx.body = { message: 'this is foo', path: ctx.path }) },
    '/bar': { GET: (ctx) => void (ctx.body = { message: 'this is bar below foo', path: ctx.path }) },
  },
});
