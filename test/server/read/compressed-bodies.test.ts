import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { ByteBudget } from '../../../src/server/read/byte-budget.ts';
import { CompressedBodies, StateBodies } from '../../../src/server/read/compressed-bodies.ts';

const parts = (text: string): Buffer[] => text.split('').map((character) => Buffer.from(character));
/** Returns the size of one cached body. */
const size = async (key: string, text: string): Promise<number> => {
  const budget = new ByteBudget();
  await new StateBodies(new CompressedBodies(budget)).compressed(key, parts(text));
  return budget.bytes;
};

describe('CompressedBodies', () => {
  it('returns the same bytes to every request for a key', async () => {
    const bodies = new StateBodies(new CompressedBodies());
    expect(bodies.known('a')).to.equal(undefined);
    const body = await bodies.compressed('a', parts('hello'));
    expect(gunzipSync(body).toString()).to.equal('hello');
    expect(await bodies.known('a')).to.equal(body);
    expect(await bodies.compressed('a', parts('something else'))).to.equal(body);
    expect(bodies.known('b')).to.equal(undefined);
  });

  it('compresses two bodies at once, and copies the others when their turn comes', async () => {
    const all = new CompressedBodies();
    const copied = new Set<number>();
    const bodies = Array.from({ length: 6 }, (_, index) => {
      const [body] = parts('a');
      const counted = Object.defineProperty([], 0, {
        enumerable: true,
        get: () => {
          copied.add(index);
          return body;
        },
      });
      return all.compress(counted);
    });
    expect([...copied]).to.deep.equal([0, 1]);
    await bodies[0];
    expect(copied.size).to.be.within(2, 4);
    for (const body of await Promise.all(bodies)) expect(gunzipSync(body).toString()).to.equal('a');
    expect([...copied]).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('compresses once for concurrent requests', () => {
    const bodies = new StateBodies(new CompressedBodies());
    const first = bodies.compressed('a', parts('hello'));
    expect(bodies.compressed('a', parts('hello'))).to.equal(first);
    expect(bodies.known('a')).to.equal(first);
  });

  it('evicts the least recently used body of all states when it is full', async () => {
    const one = await size('a', 'aaaa');
    const budget = new ByteBudget(2 * one);
    const all = new CompressedBodies(budget);
    const [pods, nodes] = [new StateBodies(all), new StateBodies(all)];
    await pods.compressed('a', parts('aaaa'));
    await pods.compressed('b', parts('bbbb'));
    expect(budget.bytes).to.equal(2 * one);
    await pods.known('a');
    await nodes.compressed('c', parts('cccc'));
    expect(budget.bytes).to.equal(2 * one);
    expect([pods.known('a'), pods.known('b'), nodes.known('c')].map((body) => body !== undefined)).to.deep.equal([
      true,
      false,
      true,
    ]);
  });

  it('counts the size of keys', async () => {
    expect(await size('a'.repeat(1001), 'x')).to.equal((await size('a', 'x')) + 2000);
  });

  it('does not store a body larger than the cache, and evicts nothing for it', async () => {
    const one = await size('a', 'aaaa');
    const all = new CompressedBodies(new ByteBudget(one));
    const bodies = new StateBodies(all);
    await bodies.compressed('a', parts('aaaa'));
    const large = Array.from({ length: 100 }, (_, i) => String(i)).join();
    expect(gunzipSync(await bodies.compressed('b', parts(large))).toString()).to.equal(large);
    expect(bodies.known('b')).to.equal(undefined);
    expect(bodies.known('a')).to.not.equal(undefined);
  });

  it('removes the bodies of a retired state at once, and keeps those of other states', async () => {
    const budget = new ByteBudget();
    const all = new CompressedBodies(budget);
    const [over, other] = [new StateBodies(all), new StateBodies(all)];
    await Promise.all([over.compressed('a', parts('a')), over.compressed('b', parts('b'))]);
    await other.compressed('a', parts('a'));
    over.retire();
    expect(over.known('a')).to.equal(undefined);
    expect(other.known('a')).to.not.equal(undefined);
    expect(budget.bytes).to.equal(await size('a', 'a'));
  });

  it('returns a body that is finished after its state was retired, but does not store it', async () => {
    const budget = new ByteBudget();
    const all = new CompressedBodies(budget);
    const bodies = new StateBodies(all);
    const body = bodies.compressed('a', parts('hello'));
    bodies.retire();
    expect(gunzipSync(await body).toString()).to.equal('hello');
    expect([bodies.known('a'), budget.bytes]).to.deep.equal([undefined, 0]);
  });

  it('stores nothing with a size of 0, but shares a body that is being compressed', async () => {
    const budget = new ByteBudget(0);
    const all = new CompressedBodies(budget);
    const bodies = new StateBodies(all);
    const body = bodies.compressed('a', parts('hello'));
    expect(bodies.known('a')).to.equal(body);
    expect(gunzipSync(await body).toString()).to.equal('hello');
    expect([bodies.known('a'), budget.bytes]).to.deep.equal([undefined, 0]);
  });
});
