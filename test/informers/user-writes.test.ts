/** The requests of writes on behalf of a user, and the results of their responses. */
import { expect } from 'chai';
import {
  ImpersonationError,
  type UpstreamResult,
  type UpstreamTarget,
  type UpstreamWrites,
} from '../../src/informers/collection/upstream.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const JANE = {
  name: 'jane',
  uid: 'u-1',
  groups: ['devs', 'ops, all', 'system:authenticated'],
  extra: { 'example.com/scopes': ['a', 'b'] },
};
const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', resourceVersion: '7' } };

interface Sent {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: unknown;
}

describe('writes as a user', () => {
  let server: TlsServer;
  let informers: InformerFactory;
  let sent: Sent[];
  let writes: UpstreamWrites;
  let target: UpstreamTarget;
  let reply: { readonly status: number; readonly headers?: Record<string, string>; readonly body: unknown };

  const use = (): void => {
    informers = informerFactory({ kubeConfig: server.config() });
    writes = informers.as(JANE);
    target = { source: informers.pods, key: 'shop/web' };
  };

  beforeEach(async () => {
    sent = [];
    reply = { status: 200, body: POD };
    server = await tlsServer();
    server.handle = (request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        const { rawHeaders, method, url, httpVersion } = request;
        const headers = rawHeaders.flatMap((name, index) =>
          index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
        );
        sent.push({ method, url, version: httpVersion, headers, body: JSON.parse(text) });
        response.writeHead(reply.status, reply.headers);
        response.end(JSON.stringify(reply.body));
      });
    };
    use();
  });

  afterEach(async () => {
    await informers.close();
    await server.close();
  });

  const identity = (): unknown => sent[0]?.headers.filter(([name]) => name.startsWith('impersonate-'));

  it('send a patch with a header for each group and value', async () => {
    const result = await writes.patch(target, { metadata: { labels: { a: 'b' } } }, { fieldManager: 'kubectl' });
    expect(result).to.deep.equal({ type: 'done', object: POD });
    expect(sent[0]).to.deep.include({
      method: 'PATCH',
      url: '/api/v1/namespaces/shop/pods/web?fieldManager=kubectl',
      // Over HTTP/2 the groups would be joined to one value.
      version: '1.1',
      body: { metadata: { labels: { a: 'b' } } },
    });
    expect(sent[0]?.headers).to.deep.include.members([
      ['content-type', 'application/merge-patch+json'],
      ['authorization', 'Bearer secret'],
    ]);
    expect(identity()).to.deep.equal([
      ['impersonate-user', 'jane'],
      ['impersonate-uid', 'u-1'],
      ['impersonate-group', 'devs'],
      ['impersonate-group', 'ops, all'],
      ['impersonate-extra-example.com%2fscopes', 'a'],
      ['impersonate-extra-example.com%2fscopes', 'b'],
    ]);
  });

  it('send a delete with its options in the body, including dryRun', async () => {
    await writes.delete(target, { kind: 'DeleteOptions', preconditions: { uid: 'x' } }, { dryRun: true });
    expect(sent[0]).to.deep.include({
      method: 'DELETE',
      url: '/api/v1/namespaces/shop/pods/web',
      body: { kind: 'DeleteOptions', preconditions: { uid: 'x' }, dryRun: ['All'] },
    });
  });

  it('are refused if the kubeconfig impersonates a user itself', async () => {
    await informers.close();
    informers = informerFactory({ kubeConfig: server.config({ token: 'secret', impersonateUser: 'another' }) });
    const jane = { name: 'jane', groups: [], extra: {} };
    expect(() => informers.as(jane)).to.throw(ImpersonationError, 'the kubeconfig of the server impersonates a user');
    const headers = { 'impersonate-user': 'jane' };
    const error = await informers.transport.get('/', { headers }).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(ImpersonationError);
    expect(sent).to.deep.equal([]);
  });

  it('do not change other requests', async () => {
    await writes.patch(target, {});
    server.handle = (request, response) => {
      sent.push({
        method: '',
        url: '',
        version: request.httpVersion,
        headers: Object.entries(request.headers) as never,
        body: '',
      });
      response.end('{}');
    };
    await informers.transport.get('/version');
    expect(sent[1]?.version).to.equal('2.0');
    expect(sent[1]?.headers.filter(([name]) => name.startsWith('impersonate-'))).to.deep.equal([]);
  });

  it('return the result of a dry run in the form in which the source stores it', async () => {
    reply = { status: 200, body: { ...POD, metadata: { ...POD.metadata, managedFields: [{}] } } };
    const result = await writes.patch(target, {}, { dryRun: true });
    expect(sent[0]?.url).to.equal('/api/v1/namespaces/shop/pods/web?dryRun=All');
    expect(result).to.deep.equal({ type: 'done', object: POD });
  });

  it('return the refusal of the cluster with its whole status', async () => {
    const status = {
      kind: 'Status',
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: 'Pod "web" is invalid',
      details: { name: 'web', kind: 'Pod', causes: [{ reason: 'FieldValueInvalid', message: 'no', field: 'spec' }] },
    };
    reply = { status: 422, headers: { 'retry-after': '4' }, body: status };
    const result = await writes.patch(target, {});
    expect(result).to.deep.equal({ type: 'refused', code: 422, status, retryAfterSeconds: 4 });
  });

  it('distinguish a request that was not sent from one with an unknown outcome', async () => {
    server.handle = (request) => request.stream?.destroy?.() ?? request.socket.destroy();
    expect((await writes.patch(target, {})).type).to.equal('unknown');
    await server.close();
    expect((await writes.patch(target, {})).type).to.equal('unreachable');
  });

  it('end at the signal', async () => {
    const stop = new AbortController();
    server.handle = () => stop.abort(new Error('enough'));
    const failure = await writes.patch(target, {}, { signal: stop.signal }).then(
      (result: UpstreamResult) => result,
      (error: Error) => error.message,
    );
    expect(failure).to.equal('enough');
  });

  it('accept only sources of their factory', async () => {
    expect(writes.resourceOf(informers.pods)).to.deep.equal({ group: '', version: 'v1', resource: 'pods' });
    expect(writes.resourceOf(fakeInformer(pod('shop/web')))).to.equal(undefined);
    expect(writes.resourceOf(informers.of({ group: 'example.com', version: 'v1', resource: 'widgets' }))).to.deep.equal(
      {
        group: 'example.com',
        version: 'v1',
        resource: 'widgets',
      },
    );
  });
});
