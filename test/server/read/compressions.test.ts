import { expect } from 'chai';
import { Compressions } from '../../../src/server/read/compressions.ts';

describe('Compressions', () => {
  it('runs two at once, in order, also after one that fails', async () => {
    const compressions = new Compressions();
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const results = Array.from({ length: 5 }, (_, index) =>
      compressions.run(async () => {
        started.push(index);
        await new Promise<void>((resolve) => void ends.push(resolve));
        if (index === 0) throw new Error('failed');
        return index;
      }),
    );
    expect(started).to.deep.equal([0, 1]);
    ends[0]?.();
    expect(String(await results[0]?.catch((error: unknown) => error))).to.equal('Error: failed');
    expect(started).to.deep.equal([0, 1, 2]);
    ends[1]?.();
    ends[2]?.();
    expect(await Promise.all([results[1], results[2]])).to.deep.equal([1, 2]);
    expect(started).to.deep.equal([0, 1, 2, 3, 4]);
    ends[3]?.();
    ends[4]?.();
    await Promise.all(results.slice(3));
  });
});
