import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { type MemoryReading, processMemory, readMemory, smallest } from '../../../src/server/read/process-memory.ts';

const MIB = 2 ** 20;

describe('processMemory()', () => {
  it('reports the memory after a major collection, without garbage', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const readings: MemoryReading[] = [];
    const stop = processMemory((reading) => readings.push(reading));
    const liveAfterCollection = async (): Promise<number> => {
      readings.length = 0;
      collect();
      // Node delivers the entry in a later turn of the event loop, and does not wake an idle loop for it.
      while (readings.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return readings.at(-1)?.live ?? 0;
    };
    const kept: { buffers?: Buffer[] } = {};
    const before = await liveAfterCollection();
    kept.buffers = Array.from({ length: 64 }, () => Buffer.alloc(MIB));
    expect(await liveAfterCollection()).to.be.within(before + 50 * MIB, before + 80 * MIB);
    delete kept.buffers;
    expect(await liveAfterCollection()).to.be.below(before + 20 * MIB);
    stop();
  });

  it('has the smaller one of the limits of the heap and the cgroup as its maximum', () => {
    expect(smallest(4096, 512)).to.equal(512);
    expect(smallest(4096, 8192)).to.equal(4096);
    for (const none of [0, 2 ** 64]) expect(smallest(4096, none)).to.equal(4096);
    expect(readMemory().maximum).to.be.above(MIB);
  });
});
