import { expect } from 'chai';
import { httpErrorStatus } from '../../../src/server/http/http-error-status.ts';
import { badRequest } from '../../../src/server/wire/status.ts';

const httpError = (fields: object): Error => Object.assign(new Error('text'), { expose: true, status: 400, ...fields });

describe('httpErrorStatus()', () => {
  for (const [name, error] of [
    ['an error', new Error('x')],
    ['an ApiError', badRequest('x')],
    ['an error with a status only', Object.assign(new Error('x'), { status: 404 })],
    ['a status that is none', httpError({ status: 200 })],
    ['a status that is no number', httpError({ status: '404' })],
    ['a status beyond', httpError({ status: 600 })],
    ['no error', { status: 404, expose: true, message: 'x' }],
    ['nothing', undefined],
  ] as const) {
    it(`leaves ${name} alone`, () => expect(httpErrorStatus(error)).to.equal(undefined));
  }

  it('keeps the error as the cause, and its headers', () => {
    const error = httpError({ status: 429, headers: { 'Retry-After': '5' } });
    const found = httpErrorStatus(error);
    expect(found?.cause).to.equal(error);
    expect(found?.headers).to.deep.equal({ 'Retry-After': '5' });
    expect(found?.status).to.deep.include({ code: 429, reason: 'TooManyRequests', message: 'text' });
  });

  it('withholds what is not to be exposed', () => {
    expect(httpErrorStatus(httpError({ expose: false, status: 503 }))?.status.message).to.not.equal('text');
  });
});
