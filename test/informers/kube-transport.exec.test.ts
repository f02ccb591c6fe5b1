/** Requests with the credentials of an exec plugin: one run for all, and another one after a 401. */
import { expect } from 'chai';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { ConnectionError, UpstreamApiError } from '../../src/informers/errors.ts';
import { currentCredentials } from '../../src/informers/kube-credentials.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { fakeClock } from '../../src/testing/informers/index.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const VERSION = 'client.authentication.k8s.io/v1';

describe('KubeTransport with an exec plugin', () => {
  let server: TlsServer;
  let folder: string;
  let transport: KubeTransport;
  let kubeConfig: KubeConfig;
  let clock: ReturnType<typeof fakeClock>;
  let accepted: string;
  let requests: number;
  const runs = (): number => readFileSync(join(folder, 'runs'), 'utf8').length;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'exec-transport-'));
    writeFileSync(join(folder, 'runs'), '');
    writeFileSync(
      join(folder, 'plugin'),
      `#!/bin/sh
cd '${folder}'
printf x >> runs
[ "$DELAY" = '' ] || sleep "$DELAY"
echo '{"kind":"ExecCredential","apiVersion":"${VERSION}","status":{"token":"run-'$(wc -c < runs | tr -d ' ')'"}}'`,
    );
    chmodSync(join(folder, 'plugin'), 0o700);
    server = await tlsServer();
    accepted = 'run-1';
    requests = 0;
    server.handle = (request, response) => {
      requests += 1;
      if (request.headers.authorization !== `Bearer ${accepted}`) response.statusCode = 401;
      response.end('{}');
    };
    use();
    clock = fakeClock();
    // The first caller decides on the clock of the plugin.
    await currentCredentials(kubeConfig, { clock });
  });

  afterEach(async () => {
    await transport.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const use = (env: readonly object[] = []): void => {
    const exec = { apiVersion: VERSION, command: join(folder, 'plugin'), interactiveMode: 'Never', env };
    kubeConfig = server.config({ exec });
    transport = new KubeTransport(kubeConfig);
  };

  it('runs it once for all requests', async () => {
    await Promise.all(Array.from({ length: 20 }, () => transport.get('/')));
    expect([runs(), requests]).to.deep.equal([1, 20]);
  });

  it('runs it once when the server rejects its token, and sends the requests again', async () => {
    await transport.get('/');
    accepted = 'run-2';
    clock.advance(5_000);
    await Promise.all(Array.from({ length: 20 }, () => transport.send('/', { method: 'POST', body: {} })));
    expect([runs(), requests]).to.deep.equal([2, 41]);
  });

  it('reports the 401 if the new token is rejected too', async () => {
    accepted = 'another';
    clock.advance(5_000);
    for (let number = 0; number < 3; number += 1) {
      const error = await transport.get('/').catch((failure: unknown) => failure);
      expect(error).to.be.instanceOf(UpstreamApiError).with.property('code', 401);
    }
    expect([runs(), requests]).to.deep.equal([2, 4]);
  });

  it('does not let aborted requests wait for it', async () => {
    await transport.close();
    use([{ name: 'DELAY', value: '5' }]);
    const controller = new AbortController();
    const aborted = transport.get('/', { signal: controller.signal }).catch((failure: unknown) => failure);
    const closed = transport.get('/').catch((failure: unknown) => failure);
    controller.abort(new Error('enough'));
    expect(await aborted).to.have.property('message', 'enough');
    await transport.close();
    expect(await closed).to.be.instanceOf(ConnectionError);
  });
});
