import { expect } from 'chai';
import { ConnectionError, IdleTimeoutError } from '../../src/informers/errors.ts';
import { connectionFailure, isUnsent, responseFailure } from '../../src/informers/request-failure.ts';

const coded = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('connectionFailure()', () => {
  const cases: [string, unknown, string][] = [
    ['a known code', coded('ECONNREFUSED'), "can't reach https://c: connection refused"],
    ['an unknown code', coded('EXYZ', 'no\nluck'), "can't reach https://c: EXYZ: no luck"],
    ['a wrapped error', new Error('x', { cause: coded('EPIPE') }), "can't reach https://c: connection closed"],
    ['several attempts', new AggregateError([coded('ENOTFOUND')]), "can't reach https://c: no such host"],
    ['a text', 'broken', "can't reach https://c: broken"],
    ['no message', new Error(''), "can't reach https://c: unknown"],
  ];
  for (const [name, error, message] of cases) {
    it(`names the cause of ${name}`, () => {
      const failure = connectionFailure('https://c', error);
      expect(failure).to.be.instanceOf(ConnectionError).and.include({ message, cause: error });
    });
  }

  it('returns an IdleTimeoutError for a response that does not begin or continue', () => {
    const begin = connectionFailure('https://c', coded('UND_ERR_HEADERS_TIMEOUT'));
    const next = connectionFailure('https://c', coded('UND_ERR_BODY_TIMEOUT'));
    expect(begin).to.be.instanceOf(IdleTimeoutError).with.property('message', 'https://c does not respond');
    expect(next)
      .to.be.instanceOf(IdleTimeoutError)
      .with.property('message', 'https://c has stopped sending its response');
  });
});

describe('isUnsent()', () => {
  it('is true only if no connection was made', () => {
    expect(isUnsent(connectionFailure('https://c', coded('ECONNREFUSED')))).to.equal(true);
    expect(isUnsent(connectionFailure('https://c', coded('ECONNRESET')))).to.equal(false);
    expect(isUnsent('ECONNREFUSED')).to.equal(false);
  });
});

describe('responseFailure()', () => {
  it('takes reason, message and details from a Status', () => {
    const body = JSON.stringify({ kind: 'Status', code: 409, reason: 'Conflict', message: 'try again' });
    const error = responseFailure(409, { 'retry-after': ['2'] }, body);
    expect(error).to.include({ code: 409, reason: 'Conflict', message: 'try again', retryAfterSeconds: 2 });
  });

  it('takes the first line of another body', () => {
    const error = responseFailure(502, {}, '\n<html>\n<body>');
    expect(error).to.include({ code: 502, reason: '', message: 'the API server responded with status 502: <html>' });
    expect(responseFailure(503, {}, '').message).to.equal('the API server responded with status 503');
    expect(responseFailure(500, {}, '{"kind":"Pod"}').message).to.contain('{"kind":"Pod"}');
  });
});
