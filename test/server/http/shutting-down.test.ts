import { expect } from 'chai';
import { shuttingDown } from '../../../src/server/http/shutting-down.ts';
import { ApiError } from '../../../src/server/wire/status.ts';

describe('shuttingDown()', () => {
  let headerSet: string[];
  const request = (path: string, isDraining: boolean): unknown => {
    const middleware = shuttingDown(() => isDraining);
    const ctx = {
      req: { url: path },
      res: { setHeader: (...header: string[]) => (headerSet = header) },
    };
    try {
      return middleware(ctx as unknown as Parameters<typeof middleware>[0], () => Promise.resolve()) instanceof Promise;
    } catch (error) {
      return error;
    }
  };

  for (const path of ['/apis', '/apis/example.com/v1/pods', '/', '/healthzz', '/livezy/x']) {
    it(`refuses ${path} with 503 while the server drains`, () => {
      expect(request(path, false)).to.equal(true);
      const error = request(path, true);
      expect(error).to.be.instanceOf(ApiError);
      const { status, headers } = error as ApiError;
      expect(status).to.deep.include({
        code: 503,
        reason: 'ServiceUnavailable',
        message: 'apiserver is shutting down',
      });
      expect(headers).to.deep.equal({ 'Retry-After': '1' });
      expect(headerSet).to.deep.equal(['Connection', 'close']);
    });
  }

  for (const path of ['/healthz', '/livez', '/readyz', '/readyz/shutdown', '/livez/', '/readyz?verbose']) {
    it(`lets requests for ${path} through`, () => expect(request(path, true)).to.equal(true));
  }
});
