import { expect } from 'chai';

import { ROWS, WatchRig } from './watch-rig.ts';

describe('the stream of a watch', () => {
  let rig: WatchRig;
  beforeEach(async () => {
    rig = await WatchRig.start();
  });
  afterEach(() => rig.close());

  it('sends its headers before any event', async () => {
    const stream = rig.test.http2.session.request({ ':path': `${ROWS}?watch=1&resourceVersion=${rig.version}` });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect(headers).to.include({
      ':status': 200,
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    expect(headers['audit-id']).to.be.a('string');
    stream.close();
  });

  it('streams lines if the WebSocket handshake is incomplete', async () => {
    const response = rig.test.get(`${ROWS}?watch=1&timeoutSeconds=1`, { connection: 'Upgrade', upgrade: 'websocket' });
    await rig.watching();
    rig.test.clock.advance(1000);
    const { status, text } = await response;
    expect(status).to.equal(200);
    expect(text.trim().split('\n')).to.have.length(3);
  });
});
