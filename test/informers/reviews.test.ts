/** Reviews over HTTP: the request, and the results of its responses. */
import { expect } from 'chai';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const RESOURCE = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
const REVIEW = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'jane' } };

describe('informers.review()', () => {
  let server: TlsServer;
  let informers: InformerFactory;
  let sent: unknown[];
  let reply: { readonly status: number; readonly headers?: Record<string, string>; readonly text: string };
  const { signal } = new AbortController();

  beforeEach(async () => {
    sent = [];
    reply = { status: 201, text: JSON.stringify({ ...REVIEW, status: { allowed: true } }) };
    server = await tlsServer();
    server.handle = (request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        sent.push([request.method, request.url, JSON.parse(text)]);
        response.writeHead(reply.status, reply.headers);
        response.end(reply.text);
      });
    };
    informers = informerFactory({ kubeConfig: server.config() });
  });
  afterEach(async () => {
    await informers.close();
    await server.close();
  });

  it('creates the review and returns it with its status', async () => {
    expect(await informers.review(RESOURCE, REVIEW, signal)).to.deep.equal({
      type: 'done',
      object: { ...REVIEW, status: { allowed: true } },
    });
    expect(sent).to.deep.equal([['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', REVIEW]]);
  });

  it('returns the status and the delay of a refusal', async () => {
    reply = { status: 429, headers: { 'Retry-After': '3' }, text: '{"kind":"Status","reason":"TooManyRequests"}' };
    expect(await informers.review(RESOURCE, REVIEW, signal)).to.deep.include({
      type: 'refused',
      code: 429,
      retryAfterSeconds: 3,
    });
  });

  for (const [title, response] of [
    ['that is not JSON', { status: 200, text: '<html>' }],
    ['without a body', { status: 200, text: '' }],
    [
      'of more than 16 MiB',
      { status: 201, text: JSON.stringify({ ...REVIEW, status: { reason: 'x'.repeat(16 * 1024 * 1024) } }) },
    ],
    ['with a damaged gzip', { status: 200, text: '{}', headers: { 'Content-Encoding': 'gzip' } }],
    ['with a damaged brotli', { status: 200, text: '<html>', headers: { 'Content-Encoding': 'br' } }],
    ['with an unknown compression', { status: 200, text: '{}', headers: { 'Content-Encoding': 'lzma' } }],
  ] as const) {
    it(`returns a response ${title} as unreadable`, async () => {
      reply = response;
      expect((await informers.review(RESOURCE, REVIEW, signal)).type).to.equal('unreadable');
    });
  }

  it('returns a connection that breaks during the response as a request without a result', async () => {
    server.handle = (_request, response) => {
      response.writeHead(201, { 'Content-Length': '1000' });
      response.write('{');
      response.socket?.destroySoon();
    };
    expect((await informers.review(RESOURCE, REVIEW, signal)).type).to.equal('unknown');
  });

  it('returns that the cluster is unreachable', async () => {
    await server.close();
    expect((await informers.review(RESOURCE, REVIEW, signal)).type).to.equal('unreachable');
  });

  it('throws the reason of the signal', async () => {
    const reason = new Error('the time is over');
    const error = await informers
      .review(RESOURCE, REVIEW, AbortSignal.abort(reason))
      .catch((caught: unknown) => caught);
    expect(error).to.equal(reason);
  });

  it('throws without a kubeconfig', async () => {
    const listWatch = (): never => {
      throw new Error('not called');
    };
    const error = await informerFactory({ listWatch })
      .review(RESOURCE, REVIEW, signal)
      .catch((caught: unknown) => caught);
    expect((error as Error).message).to.contain('has no kubeConfig');
  });
});
