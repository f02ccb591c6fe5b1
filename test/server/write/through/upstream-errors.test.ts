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
  readonly what: string;
  readonly code: number;
  readonly status?: UpstreamStatus;
  readonly retryAfter?: number;
  readonly row?: Partial<WrittenRow>;
  readonly answer: { readonly code: number; readonly reason: string; readonly message: string };
  /** Of the answer's header. */
  readonly wait?: string;
}

const CASES: readonly Case[] = [
  {
    what: 'a 400',
    code: 400,
    status: { message: 'bad' },
    answer: { code: 400, reason: 'BadRequest', message: 'pods "web" was not written: bad' },
  },
  {
    what: 'a 401, which is of the server and not of who asks',
    code: 401,
    answer: {
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'pods "web" was not written: the cluster rejected the credentials of this server',
    },
  },
  {
    what: 'a 403',
    code: 403,
    status: { message: 'pods "web" is forbidden: no' },
    answer: {
      code: 403,
      reason: 'Forbidden',
      message: 'pages.example.com "web" is forbidden: it is made from pods "web", and pods "web" is forbidden: no',
    },
  },
  {
    what: 'a 403 of impersonation',
    code: 403,
    status: {
      message: 'groups "ops" is forbidden: User "s" cannot impersonate resource "groups"',
      details: { kind: 'groups' },
    },
    answer: {
      code: 403,
      reason: 'Forbidden',
      message:
        'pages.example.com "web" is forbidden: it is made from pods "web", and this server may not impersonate users there: groups "ops" is forbidden: User "s" cannot impersonate resource "groups"',
    },
  },
  {
    what: 'a 404',
    code: 404,
    answer: { code: 404, reason: 'NotFound', message: 'pages.example.com "web" not found' },
  },
  {
    what: 'a 404 of what the row is not there for',
    code: 404,
    status: { message: 'nodes "n1" not found' },
    row: { isPrimary: false, source: 'nodes "n1"' },
    answer: {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pages.example.com "web": it is made from nodes "n1", which no longer exists: nodes "n1" not found',
    },
  },
  {
    what: 'a 409',
    code: 409,
    status: { message: 'modified' },
    answer: {
      code: 409,
      reason: 'Conflict',
      message: 'Operation cannot be fulfilled on pages.example.com "web": it is made from pods "web", and modified',
    },
  },
  {
    what: 'a 413',
    code: 413,
    answer: {
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    },
  },
  {
    what: 'a 415, which is of the definition',
    code: 415,
    answer: { code: 400, reason: 'BadRequest', message: 'pods "web" was not written: the cluster responded with 415' },
  },
  {
    what: 'a 429',
    code: 429,
    retryAfter: 7,
    answer: {
      code: 429,
      reason: 'TooManyRequests',
      message: 'pods "web" was not written: the cluster responded with 429',
    },
    wait: '7',
  },
  {
    what: 'a 500, after which nothing is known',
    code: 500,
    status: { message: 'oh' },
    answer: { code: 504, reason: 'Timeout', message: 'Timeout: it is unknown whether pods "web" was written: oh' },
  },
  {
    what: 'a 500 that says when to come back',
    code: 500,
    retryAfter: 2,
    status: { message: 'busy' },
    answer: { code: 503, reason: 'ServiceUnavailable', message: 'pods "web" was not written: busy' },
    wait: '2',
  },
  {
    what: 'a 503',
    code: 503,
    answer: {
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'pods "web" was not written: the cluster responded with 503',
    },
    wait: '1',
  },
  {
    what: 'a 504',
    code: 504,
    status: { message: 'late' },
    answer: { code: 504, reason: 'Timeout', message: 'Timeout: it is unknown whether pods "web" was written: late' },
  },
];

describe('upstreamError', () => {
  for (const { what, code, status = {}, retryAfter, row, answer, wait } of CASES) {
    it(`tells of ${what}`, () => {
      const failure = refused(code, status, retryAfter);
      if (failure.type === 'done') throw new Error('it was refused');
      const error = upstreamError(failure, { ...ROW, ...row });
      expect(error.status).to.include({ status: 'Failure', ...answer });
      expect(error.code).to.equal(answer.code);
      expect(error.headers['Retry-After']).to.equal(wait);
    });
  }

  it('tells of a 422 with the causes as they are', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'no', field: 'metadata.labels' }];
    const failure = refused(422, { message: 'Pod "web" is invalid: no', details: { causes, kind: 'Pod' } });
    if (failure.type === 'done') throw new Error('it was refused');
    const { status } = upstreamError(failure, ROW);
    expect(status.message).to.equal(
      'Page.example.com "web" is invalid: it is made from pods "web", and Pod "web" is invalid: no',
    );
    expect(status.details).to.deep.equal({ name: 'web', group: 'example.com', kind: 'Page', causes });
  });

  it('tells what was not sent from what may have been done: the first may be asked again', () => {
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
