import { expect } from 'chai';
import type { UpstreamStatus } from '../../../../src/informers/collection/upstream.ts';
import { upstreamError, type WrittenRow } from '../../../../src/server/write/through/upstream-errors.ts';
import { refused } from './fake-upstream.ts';

const ROW: WrittenRow = {
  kind: { group: 'example.com', version: 'v1', kind: 'Page', plural: 'pages' },
  name: 'web',
  source: 'pods "web"',
  isPrimary: true,
};

interface Case {
  readonly failure: string;
  readonly code: number;
  readonly status?: UpstreamStatus;
  readonly retryAfter?: number;
  readonly row?: Partial<WrittenRow>;
  readonly response: { readonly code: number; readonly reason: string; readonly message: string };
  /** The expected Retry-After header. */
  readonly wait?: string;
}

const CASES: readonly Case[] = [
  {
    failure: 'a 400',
    code: 400,
    status: { message: 'bad' },
    response: { code: 400, reason: 'BadRequest', message: 'pods "web" was not written: bad' },
  },
  {
    failure: 'a 401, which concerns the server and not the client',
    code: 401,
    response: {
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'pods "web" was not written: the cluster rejected the credentials of this server',
    },
  },
  {
    failure: 'a 403',
    code: 403,
    status: { message: 'pods "web" is forbidden: no' },
    response: {
      code: 403,
      reason: 'Forbidden',
      message: 'pages.example.com "web" is forbidden: it is made from pods "web", and pods "web" is forbidden: no',
    },
  },
  {
    failure: 'a 403 of impersonation',
    code: 403,
    status: {
      message: 'groups "ops" is forbidden: User "s" cannot impersonate resource "groups"',
      details: { kind: 'groups' },
    },
    response: {
      code: 403,
      reason: 'Forbidden',
      message:
        'pages.example.com "web" is forbidden: it is made from pods "web", and this server may not impersonate users there: groups "ops" is forbidden: User "s" cannot impersonate resource "groups"',
    },
  },
  {
    failure: 'a 404',
    code: 404,
    response: { code: 404, reason: 'NotFound', message: 'pages.example.com "web" not found' },
  },
  {
    failure: 'a 404 of an object whose identity the row does not have',
    code: 404,
    status: { message: 'nodes "n1" not found' },
    row: { isPrimary: false, source: 'nodes "n1"' },
    response: {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pages.example.com "web": it is made from nodes "n1", which no longer exists: nodes "n1" not found',
    },
  },
  {
    failure: 'a 409',
    code: 409,
    status: { message: 'modified' },
    response: {
      code: 409,
      reason: 'Conflict',
      message: 'Operation cannot be fulfilled on pages.example.com "web": it is made from pods "web", and modified',
    },
  },
  {
    failure: 'a 413',
    code: 413,
    response: {
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: pods "web" was not written: the cluster responded with 413',
    },
  },
  {
    failure: 'a 415, which the definition causes',
    code: 415,
    response: {
      code: 400,
      reason: 'BadRequest',
      message: 'pods "web" was not written: the cluster responded with 415',
    },
  },
  {
    failure: 'a 429',
    code: 429,
    retryAfter: 7,
    response: {
      code: 429,
      reason: 'TooManyRequests',
      message: 'pods "web" was not written: the cluster responded with 429',
    },
    wait: '7',
  },
  {
    failure: 'a 500, which leaves the result unknown',
    code: 500,
    status: { message: 'oh' },
    response: { code: 504, reason: 'Timeout', message: 'Timeout: it is unknown whether pods "web" was written: oh' },
  },
  {
    failure: 'a 500 with Retry-After',
    code: 500,
    retryAfter: 2,
    status: { message: 'busy' },
    response: { code: 503, reason: 'ServiceUnavailable', message: 'pods "web" was not written: busy' },
    wait: '2',
  },
  {
    failure: 'a 503',
    code: 503,
    response: {
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'pods "web" was not written: the cluster responded with 503',
    },
    wait: '1',
  },
  {
    failure: 'a 500 of a webhook, whose address the client does not see',
    code: 500,
    status: { message: 'failed calling webhook "w": Post "https://w.ops.svc:443/m": dial tcp 10.0.0.1:443: refused' },
    response: {
      code: 504,
      reason: 'Timeout',
      message:
        'Timeout: it is unknown whether pods "web" was written: failed calling webhook "w": Post "[address]": dial tcp [address]: refused',
    },
  },
  {
    failure: 'a 400 that quotes the object of the client',
    code: 400,
    status: { message: 'image "registry:5000/web" is denied, see https://wiki.example.com/images' },
    response: {
      code: 400,
      reason: 'BadRequest',
      message: 'pods "web" was not written: image "registry:5000/web" is denied, see https://wiki.example.com/images',
    },
  },
  {
    failure: 'a 504',
    code: 504,
    status: { message: 'late' },
    response: { code: 504, reason: 'Timeout', message: 'Timeout: it is unknown whether pods "web" was written: late' },
  },
];

describe('upstreamError()', () => {
  for (const { failure, code, status = {}, retryAfter, row, response, wait } of CASES) {
    it(`translates ${failure}`, () => {
      const result = refused(code, status, retryAfter);
      if (result.type === 'done') throw new Error('the write must fail');
      const error = upstreamError(result, { ...ROW, ...row });
      expect(error.status).to.include({ status: 'Failure', ...response });
      expect(error.code).to.equal(response.code);
      expect(error.headers['Retry-After']).to.equal(wait);
    });
  }

  it('keeps the causes of a 422', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'no', field: 'metadata.labels' }];
    const failure = refused(422, { message: 'Pod "web" is invalid: no', details: { causes, kind: 'Pod' } });
    if (failure.type === 'done') throw new Error('the write must fail');
    const { status } = upstreamError(failure, ROW);
    expect(status.message).to.equal(
      'Page.example.com "web" is invalid: it is made from pods "web", and Pod "web" is invalid: no',
    );
    expect(status.details).to.deep.equal({ name: 'web', group: 'example.com', kind: 'Page', causes });
  });

  it('allows a retry only if the write was not sent', () => {
    const unsent = upstreamError({ type: 'unreachable', cause: new Error("can't reach it") }, ROW);
    expect(unsent.status).to.include({ code: 503, message: 'pods "web" cannot be written now: can\'t reach it' });
    expect(unsent.headers['Retry-After']).to.equal('1');
    const unknown = upstreamError({ type: 'unknown', cause: new Error('cut') }, ROW);
    expect(unknown.status).to.include({
      code: 504,
      message: 'Timeout: it is unknown whether pods "web" was written: cut',
    });
    expect(unknown.headers).to.not.have.property('Retry-After');
  });
});
