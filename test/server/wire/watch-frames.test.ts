import { expect } from 'chai';
import * as fc from 'fast-check';
import { badRequest } from '../../../src/server/wire/status.ts';
import {
  bookmarkFrame,
  bookmarkObject,
  errorFrame,
  watchFrame,
  watchFrameOf,
} from '../../../src/server/wire/watch-frames.ts';

const bookmark = { apiVersion: 'shop.example.com/v1', kind: 'Cart', resourceVersion: '9' };

describe('watchFrame()', () => {
  it('puts an encoded object on a separate line', () => {
    expect(watchFrame('ADDED', Buffer.from('{"a":1}')).toString()).to.equal('{"type":"ADDED","object":{"a":1}}\n');
  });

  it('returns one line with the same content, for any JSON', () => {
    const type = fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR' as const);
    fc.assert(
      fc.property(type, fc.jsonValue(), fc.constantFrom(undefined, 2, '\r\n'), (event, object, indent) => {
        const text = watchFrame(event, Buffer.from(JSON.stringify(object, undefined, indent))).toString();
        expect(text.indexOf('\n')).to.equal(text.length - 1);
        expect(text).to.not.include('\r');
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify({ type: event, object })));
        expect(watchFrameOf(event, object).toString()).to.equal(
          watchFrame(event, Buffer.from(JSON.stringify(object))).toString(),
        );
      }),
    );
  });
});

describe('bookmarkFrame()', () => {
  it('has kind and version, and no name', () => {
    expect(JSON.parse(bookmarkFrame(bookmark).toString())).to.deep.equal({
      type: 'BOOKMARK',
      object: { kind: 'Cart', apiVersion: 'shop.example.com/v1', metadata: { resourceVersion: '9' } },
    });
  });

  it('marks the end of the initial events', () => {
    expect(bookmarkObject({ ...bookmark, initialEventsEnd: true }).metadata).to.deep.equal({
      resourceVersion: '9',
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
  });
});

describe('errorFrame()', () => {
  it('contains the Status', () => {
    const { status } = badRequest('no\nway');
    const text = errorFrame(status).toString();
    expect(JSON.parse(text)).to.deep.equal({ type: 'ERROR', object: status });
    expect(text.split('\n')).to.have.length(2);
  });
});
