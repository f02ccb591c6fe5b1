import { expect } from 'chai';
import { formatFor } from '../../../src/server/read/kept-formats.ts';
import { negotiate } from '../../../src/server/wire/negotiation.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

describe('formatFor()', () => {
  it('parses a header once for each kind of endpoint', () => {
    for (const endpoint of ['object', 'list', 'watch'] as const) {
      for (const accept of [undefined, '', 'application/json', TABLE]) {
        const format = formatFor({ accept, query: new URLSearchParams() }, endpoint);
        expect(format).to.deep.equal(negotiate({ accept }, endpoint));
        expect(formatFor({ accept, userAgent: 'kubectl/v1.34.0' }, endpoint)).to.equal(format);
        expect(format).to.be.frozen;
      }
    }
  });

  it('indents for interactive clients and ?pretty, whatever it has kept', () => {
    const accept = 'application/json';
    expect(formatFor({ accept }, 'object').pretty).to.equal(false);
    expect(formatFor({ accept, userAgent: 'curl/8.0' }, 'object').pretty).to.equal(true);
    expect(formatFor({ accept, query: new URLSearchParams('pretty=true') }, 'object').pretty).to.equal(true);
    expect(
      formatFor({ accept, userAgent: 'curl/8.0', query: new URLSearchParams('pretty=0') }, 'list').pretty,
    ).to.equal(false);
    expect(formatFor({ accept }, 'object').pretty).to.equal(false);
  });

  it('refuses a header that cannot be satisfied each time', () => {
    for (let i = 0; i < 2; i += 1) {
      expect(() => formatFor({ accept: 'text/html' }, 'object')).to.throw(
        'only the following media types are accepted',
      );
    }
  });
});
