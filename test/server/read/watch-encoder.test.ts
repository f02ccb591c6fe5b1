import { expect } from 'chai';
import type { Representation } from '../../../src/server/read/representations.ts';
import { VisibleNamespaces } from '../../../src/server/read/visible-namespaces.ts';
import { frameEncoder, type WatchForm } from '../../../src/server/read/watch-encoder.ts';
import type { FrameEncoder } from '../../../src/server/read/watch-response.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, RecordedLog, TestServer } from '../../support/test-server.ts';

const OBJECT: Representation = { as: 'object' };
const PARTIAL: Representation = { as: 'partial', version: 'v1' };
const TABLE: Representation = { as: 'table', version: 'v1', includeObject: 'Metadata' };

describe('frameEncoder()', () => {
  let test: TestServer;
  let log: RecordedLog;
  beforeEach(async () => {
    log = new RecordedLog();
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web')))] });
  });
  afterEach(() => test.close());

  const encoder = (representation: Representation, form: Partial<WatchForm> = {}): FrameEncoder => {
    const [served] = viewsOf(test.server);
    if (served === undefined) return expect.fail();
    return frameEncoder(served, { cursor: { position: 7n }, representation, visible: undefined, log, ...form });
  };
  const parsed = (frame: Buffer): Record<string, any> => JSON.parse(frame.toString());

  it('encodes a bookmark in each form, with its version', () => {
    const metadata = { resourceVersion: '1234567' };
    expect(parsed(encoder(OBJECT).bookmark(1234567n, false))).to.deep.equal({
      type: 'BOOKMARK',
      object: { kind: 'PodSummary', apiVersion: 'example.com/v1', metadata },
    });
    expect(parsed(encoder(PARTIAL).bookmark(1234567n, true)).object).to.deep.equal({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { ...metadata, annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    const { object } = parsed(encoder(TABLE).bookmark(1234567n, false));
    expect([object.kind, object.metadata, object.rows[0].cells]).to.deep.equal(['Table', metadata, ['', null, null]]);
  });

  it('sends the columns of a Table once, with its first event, also if that is a bookmark', () => {
    const frames = encoder(TABLE);
    const columns = (frame: Buffer): number | undefined => parsed(frame)['object'].columnDefinitions?.length;
    expect([columns(frames.bookmark(1n, false)), columns(frames.bookmark(2n, false))]).to.deep.equal([3, undefined]);
  });

  it('marks the versions of bookmarks with the namespaces that the watch shows', () => {
    const visible = new VisibleNamespaces(['shop']);
    const version = parsed(encoder(OBJECT, { visible }).bookmark(1234567n, false))['object'].metadata.resourceVersion;
    expect(version).to.equal(visible.marked(1234567n).toString());
    expect(version).not.to.equal('1234567');
  });

  it('sends an error without its reason, which is logged', () => {
    const { type, object } = parsed(encoder(OBJECT).failure(new Error('the secret')));
    expect([type, object.code]).to.deep.equal(['ERROR', 500]);
    expect(JSON.stringify(object)).not.to.contain('secret');
    expect(log.of('error')).to.deep.equal(['an event of podsummaries could not be encoded']);
  });

  it('sends a 410 for a place that has fallen out of the log', () => {
    const { type, object } = parsed(encoder(OBJECT).expired());
    expect([type, object.code, object.message]).to.deep.equal(['ERROR', 410, 'too old resource version: 7']);
  });
});
