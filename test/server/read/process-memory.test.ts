import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import {
  type MemoryReading,
  oldGenerationLimit,
  processMemory,
  readMemory,
  smallest,
} from '../../../src/server/read/process-memory.ts';

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

  it('has the limit of the old generation as that of the heap, because the process ends when this generation is full', () => {
    expect(oldGenerationLimit(576 * MIB, '--max-old-space-size=384 --max-semi-space-size=16')).to.equal(384 * MIB);
    expect(oldGenerationLimit(576 * MIB, '--expose-gc --max_old_space_size 384')).to.equal(384 * MIB);
    // A flag of the command line comes after those of NODE_OPTIONS.
    expect(oldGenerationLimit(576 * MIB, '--max-old-space-size=100 --max-old-space-size=384')).to.equal(384 * MIB);
    for (const none of ['', '--max-old-space-size=0', '--max-old-space-size-percentage=50']) {
      expect(oldGenerationLimit(4288 * MIB, none), none).to.equal(4096 * MIB);
      expect(oldGenerationLimit(300 * MIB, none), none).to.equal(150 * MIB);
    }
  });
});
