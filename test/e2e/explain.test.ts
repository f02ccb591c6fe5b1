/** Tests of the OpenAPI documents with kubectl, through the aggregator of a real cluster. */
import { expect } from 'chai';
import { type DemoServer, demoServer } from './demo-server.ts';

/** The aggregator fetches the documents of a new APIService at once, and after a failure only a minute later. */
const PATIENCE_MS = 90_000;

describe('OpenAPI behind a real aggregator', () => {
  let run: DemoServer['run'];

  before(async function () {
    const demo = await demoServer();
    if (demo === undefined) return this.skip();
    ({ run } = demo);
  });

  it('explains the fields of podsummaries', async () => {
    const deadline = Date.now() + PATIENCE_MS;
    let explained: string | undefined;
    while (explained === undefined) {
      try {
        explained = await run('explain', 'podsummaries.status');
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
    expect(explained).to.match(/KIND: +PodSummary/);
    expect(explained).to.match(/phase\s+<string>.*\n\s+The phase of the pod/);
    expect(await run('explain', 'psum', '--recursive')).to.match(/requests\s+<Object>.*\n\s+cpu\s+<string>/);
  });
});
