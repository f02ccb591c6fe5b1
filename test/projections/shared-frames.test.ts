import { expect } from 'chai';
import { SharedFrames } from '../../src/projections/shared-frames.ts';

describe('SharedFrames', () => {
  const [a, b] = [{ entry: 'a' }, { entry: 'b' }];
  const of = (length: number) => (): Buffer => Buffer.alloc(length, 'x');
  const never = (): Buffer => expect.fail('encoded again');

  it('encodes a frame once for each entry and form', () => {
    const frames = new SharedFrames();
    const first = frames.get(a, 'object', 0, of(10));
    expect(frames.get(a, 'object', 0, never)).to.equal(first);
    frames.get(a, 'partial', 0, of(20));
    frames.get(b, 'object', 0, of(30));
    expect(frames.bytes).to.equal(60);
  });

  it('replaces a frame of another revision', () => {
    const frames = new SharedFrames();
    frames.get(a, 'table', 1, of(10));
    expect(frames.get(a, 'table', 2, of(15))).to.have.length(15);
    frames.get(a, 'table', 2, never);
    expect(frames.bytes).to.equal(15);
  });

  it('drops the frames of the oldest entries to get below a bound', () => {
    const frames = new SharedFrames();
    frames.get(a, 'object', 0, of(10));
    frames.get(a, 'partial', 0, of(10));
    frames.get(b, 'object', 0, of(30));
    frames.shrink(50);
    expect(frames.bytes).to.equal(50);
    frames.shrink(49);
    expect(frames.bytes).to.equal(30);
    frames.get(b, 'object', 0, never);
    frames.shrink(-1);
    expect(frames.bytes).to.equal(0);
  });

  it('drops all frames of an entry', () => {
    const frames = new SharedFrames();
    frames.get(a, 'object', 0, of(10));
    frames.get(b, 'object', 0, of(30));
    frames.delete(a);
    frames.delete(a);
    expect(frames.bytes).to.equal(30);
  });

  it('keeps no more memory than it counts, also of frames that node cut from its pool', () => {
    const frames = new SharedFrames();
    const pooled = Buffer.from('a short text');
    expect(pooled.buffer.byteLength).to.be.above(pooled.length);
    const kept = frames.get(a, 'object', 0, () => pooled);
    expect(kept).to.deep.equal(pooled);
    expect(kept.buffer.byteLength).to.equal(kept.length);
  });
});
