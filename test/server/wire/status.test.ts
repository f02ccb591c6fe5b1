import { expect } from 'chai';
import { forbiddenField, invalidField, requiredField, unsupportedField } from '../../../src/server/wire/field-error.ts';
import {
  alreadyExists,
  apiErrorOf,
  badRequest,
  conflict,
  deletedStatus,
  expired,
  forbidden,
  generateNameConflict,
  internalError,
  invalid,
  methodNotAllowed,
  notAcceptable,
  notFound,
  requestEntityTooLarge,
  routeNotFound,
  serviceUnavailable,
  statusOf,
  timeout,
  tooLargeResourceVersion,
  tooManyRequests,
  unauthorized,
  unprocessable,
  unsupportedMediaType,
  type ApiError,
} from '../../../src/server/wire/status.ts';

const carts = { group: 'shop.example.com', resource: 'carts' };
const pods = { group: '', resource: 'pods' };

interface Case {
  readonly name: string;
  readonly error: ApiError;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: object;
  readonly headers?: object;
}

const cases: readonly Case[] = [
  { name: 'badRequest', error: badRequest('no'), code: 400, reason: 'BadRequest', message: 'no' },
  { name: 'unauthorized', error: unauthorized(), code: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  {
    name: 'forbidden',
    error: forbidden(carts, 'a', 'unable to create'),
    code: 403,
    reason: 'Forbidden',
    message: 'carts.shop.example.com "a" is forbidden: unable to create',
    details: { name: 'a', group: 'shop.example.com', kind: 'carts' },
  },
  {
    name: 'forbidden without a name',
    error: forbidden(pods, '', 'no'),
    code: 403,
    reason: 'Forbidden',
    message: 'pods is forbidden: no',
    details: { kind: 'pods' },
  },
  {
    name: 'notFound',
    error: notFound(carts, 'a"b'),
    code: 404,
    reason: 'NotFound',
    message: String.raw`carts.shop.example.com "a\"b" not found`,
    details: { name: 'a"b', group: 'shop.example.com', kind: 'carts' },
  },
  {
    name: 'notFound in the core group',
    error: notFound(pods, 'a'),
    code: 404,
    reason: 'NotFound',
    message: 'pods "a" not found',
    details: { name: 'a', kind: 'pods' },
  },
  {
    name: 'routeNotFound',
    error: routeNotFound(),
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  },
  {
    name: 'methodNotAllowed of the router',
    error: methodNotAllowed({ allow: ['GET', 'DELETE'] }),
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
    headers: { Allow: 'GET, DELETE' },
  },
  {
    name: 'methodNotAllowed of a resource',
    error: methodNotAllowed({ resource: carts, verb: 'watch' }),
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'watch is not supported on resources of kind "carts.shop.example.com"',
    details: { group: 'shop.example.com', kind: 'carts' },
  },
  {
    name: 'notAcceptable',
    error: notAcceptable(['application/json', 'application/yaml']),
    code: 406,
    reason: 'NotAcceptable',
    message: 'only the following media types are accepted: application/json, application/yaml',
  },
  {
    name: 'alreadyExists',
    error: alreadyExists(carts, 'a'),
    code: 409,
    reason: 'AlreadyExists',
    message: 'carts.shop.example.com "a" already exists',
    details: { name: 'a', group: 'shop.example.com', kind: 'carts' },
  },
  {
    name: 'alreadyExists while the other is being deleted',
    error: alreadyExists(carts, 'a', { isTerminating: true }),
    code: 409,
    reason: 'AlreadyExists',
    message: 'object is being deleted: carts.shop.example.com "a" already exists',
    details: { name: 'a', group: 'shop.example.com', kind: 'carts' },
  },
  {
    name: 'generateNameConflict',
    error: generateNameConflict(carts, 'a-x'),
    code: 409,
    reason: 'AlreadyExists',
    message:
      'carts.shop.example.com "a-x" already exists, the server was not able to generate a unique name for the object',
    details: { name: 'a-x', group: 'shop.example.com', kind: 'carts', retryAfterSeconds: 1 },
    headers: { 'Retry-After': '1' },
  },
  {
    name: 'conflict',
    error: conflict(carts, 'a', 'too late'),
    code: 409,
    reason: 'Conflict',
    message: 'Operation cannot be fulfilled on carts.shop.example.com "a": too late',
    details: { name: 'a', group: 'shop.example.com', kind: 'carts' },
  },
  { name: 'expired', error: expired('too old'), code: 410, reason: 'Expired', message: 'too old' },
  {
    name: 'tooLargeResourceVersion',
    error: tooLargeResourceVersion(12n, 7n),
    code: 504,
    reason: 'Timeout',
    message: 'Timeout: Too large resource version: 12, current: 7',
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
    headers: { 'Retry-After': '1' },
  },
  { name: 'timeout', error: timeout('slow'), code: 504, reason: 'Timeout', message: 'Timeout: slow', details: {} },
  {
    name: 'requestEntityTooLarge',
    error: requestEntityTooLarge(3145728),
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  },
  {
    name: 'unsupportedMediaType',
    error: unsupportedMediaType(['application/json', 'application/yaml']),
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  },
  {
    name: 'unprocessable',
    error: unprocessable(),
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  },
  {
    name: 'tooManyRequests',
    error: tooManyRequests('storage is (re)initializing', 3),
    code: 429,
    reason: 'TooManyRequests',
    message: 'storage is (re)initializing',
    details: { retryAfterSeconds: 3 },
    headers: { 'Retry-After': '3' },
  },
  {
    name: 'internalError',
    error: internalError('oops'),
    code: 500,
    reason: 'InternalError',
    message: 'Internal error occurred: oops',
    details: { causes: [{ message: 'oops' }] },
  },
  {
    name: 'serviceUnavailable',
    error: serviceUnavailable('gone'),
    code: 503,
    reason: 'ServiceUnavailable',
    message: 'gone',
  },
  {
    name: 'invalid with one cause',
    error: invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [forbiddenField('a', 'never')]),
    code: 422,
    reason: 'Invalid',
    message: 'ListOptions.meta.k8s.io "" is invalid: a: Forbidden: never',
    details: {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
      causes: [{ reason: 'FieldValueForbidden', message: 'Forbidden: never', field: 'a' }],
    },
  },
  {
    name: 'invalid with several causes, one of them twice',
    error: invalid({ group: '', kind: 'Pod' }, 'x', [
      requiredField('metadata.name', 'name or generateName is required'),
      requiredField('spec', ''),
      invalidField('spec.n', 5, 'must be odd'),
      invalidField('spec.s', 'é"', 'bad'),
      unsupportedField('dryRun', ['x'], ['All']),
      requiredField('spec', ''),
    ]),
    code: 422,
    reason: 'Invalid',
    message:
      'Pod "x" is invalid: [metadata.name: Required value: name or generateName is required, spec: Required value, ' +
      String.raw`spec.n: Invalid value: 5: must be odd, spec.s: Invalid value: "é\"": bad, dryRun: Unsupported value: ["x"]: supported values: "All"]`,
  },
];

describe('the errors of the API', () => {
  for (const { name, error, code, reason, message, details, headers = {} } of cases) {
    it(`${name} has code ${code}, reason ${reason} and upstream's message`, () => {
      const { details: actualDetails, ...rest } = error.status;
      expect(rest).to.deep.equal({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message,
        reason,
        code,
      });
      expect(error.code).to.equal(code);
      expect(error.message).to.equal(message);
      expect(error.headers).to.deep.equal(headers);
      if (reason !== 'Invalid' || details !== undefined) {
        expect(actualDetails).to.deep.equal(details);
      }
    });
  }

  it("have their keys in upstream's order", () => {
    expect(JSON.stringify(tooManyRequests('later', 1).status)).to.equal(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"later",' +
        '"reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429}',
    );
  });

  it('can contain a new continue token in a 410', () => {
    expect(expired('too old', 'abc').status.metadata).to.deep.equal({ continue: 'abc' });
  });
});

describe('statusOf()', () => {
  it('returns the status of an ApiError', () => {
    const error = badRequest('no');
    expect(statusOf(error)).to.equal(error.status);
    expect(apiErrorOf(error)).to.equal(error);
  });

  for (const thrown of [new Error('password is hunter2'), 'hunter2', undefined, { message: 'hunter2' }]) {
    it(`hides ${thrown instanceof Error ? thrown.message : JSON.stringify(thrown)} behind a 500`, () => {
      const error = apiErrorOf(thrown);
      expect(error.status).to.include({ code: 500, reason: 'InternalError', status: 'Failure' });
      expect(JSON.stringify(statusOf(thrown))).to.not.include('hunter2');
      expect(error.cause).to.equal(thrown);
    });
  }
});

describe('deletedStatus()', () => {
  it('names the deleted object, with its uid', () => {
    expect(deletedStatus(carts, 'a', 'u-1')).to.deep.equal({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', group: 'shop.example.com', kind: 'carts', uid: 'u-1' },
    });
  });
});
