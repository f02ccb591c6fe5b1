/** `foo`: a raw endpoint. Plain koa handlers respond to requests under the path of the resource. */
import { type RawEndpoint, rawEndpoint } from 'kubefacet/server';

export const foo: RawEndpoint = rawEndpoint({
  name: 'foo',
  paths: {
    '': { GET: (ctx) => void (ctx.body = { message: 'this is foo', path: ctx.path }) },
    '/bar': { GET: (ctx) => void (ctx.body = { message: 'this is bar below foo', path: ctx.path }) },
  },
});
