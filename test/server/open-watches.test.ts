import { expect } from 'chai';
import { OpenWatches } from '../../src/server/open-watches.ts';

describe('OpenWatches', () => {
  it('closes what is open, and what opens late', () => {
    const watches = new OpenWatches();
    const closed: string[] = [];
    const watch = (name: string): { close(): void } => {
      const one = {
        close: () => {
          closed.push(name);
          watches.delete(one);
        },
      };
      return one;
    };
    const gone = watch('gone');
    expect([watches.add(watch('a')), watches.add(gone), watches.add(watch('b'))]).to.deep.equal([true, true, true]);
    watches.delete(gone);
    expect(watches.size).to.equal(2);
    watches.close();
    expect(closed).to.deep.equal(['a', 'b']);
    expect(watches.add(watch('late'))).to.equal(false);
    expect(closed).to.deep.equal(['a', 'b', 'late']);
    expect(watches.size).to.equal(0);
  });
});
