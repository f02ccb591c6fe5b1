import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { RequestContext } from '../../../src/server/define/request-context.ts';
import { writeBody } from '../../../src/server/read/write-body.ts';
import { settled } from '../../../src/testing/informers/index.ts';

/** A response whose client reads when the test says so. */
class SlowResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  corked = 0;
  ended = false;

  cork(): void {
    this.corked += 1;
  }
  uncork(): void {
    this.corked -= 1;
  }
  write(part: Buffer): boolean {
    expect(this.corked, 'a part is written in a group').to.equal(1);
    this.written.push(part);
    return false;
  }
  end(): void {
    this.ended = true;
  }
}

const KIB = 1024;

describe('writeBody()', () => {
  let res: SlowResponse;
  let controller: AbortController;
  const write = (parts: readonly Buffer[]): Promise<void> =>
    writeBody({ res, state: { signal: controller.signal } } as unknown as RequestContext, parts);

  beforeEach(() => {
    res = new SlowResponse();
    controller = new AbortController();
  });

  it('writes the buffers themselves, 256 KiB at a time, when the client has read the last ones', async () => {
    const parts = Array.from({ length: 10 }, () => Buffer.alloc(100 * KIB));
    const body = write(parts);
    for (const count of [3, 6, 9, 10]) {
      expect(res.written).to.have.length(count);
      expect(res.ended).to.equal(false);
      res.emit('drain');
      await settled();
    }
    await body;
    expect(res.ended).to.equal(true);
    for (const [index, part] of parts.entries()) expect(res.written[index]).to.equal(part);
    expect(res.listenerCount('drain')).to.equal(0);
  });

  it('cuts a larger buffer without a copy', async () => {
    const part = Buffer.alloc(600 * KIB);
    const body = write([part]);
    for (const _ of [1, 2, 3]) {
      res.emit('drain');
      await settled();
    }
    await body;
    expect(res.written.map(({ length }) => length)).to.deep.equal([256 * KIB, 256 * KIB, 88 * KIB]);
    for (const piece of res.written) expect(piece.buffer).to.equal(part.buffer);
  });

  it('stops when the client disconnects', async () => {
    const body = write([Buffer.alloc(300 * KIB), Buffer.alloc(300 * KIB)]);
    const { length } = res.written;
    controller.abort();
    await body;
    expect([res.written.length, res.ended]).to.deep.equal([length, false]);
    expect(res.listenerCount('drain')).to.equal(0);
  });
});
