import { expect } from 'chai';
import fc from 'fast-check';
import { BodyMemory } from '../../../src/server/read/body-memory.ts';
import type { MemoryReading } from '../../../src/server/read/process-memory.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { identity, map } from '../../../src/projections/index.ts';
import { resource } from '../../../src/server/index.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type Connections, connectionsTo } from '../../system/convergence/connection.ts';
import { BASE, TestServer } from '../../support/test-server.ts';

describe('BodyMemory', () => {
  const isRefused = (action: () => void): boolean => {
    try {
      action();
      return false;
    } catch (error) {
      expect(error).to.be.instanceOf(ApiError);
      expect((error as ApiError).status.code).to.equal(429);
      expect((error as ApiError).headers).to.deep.equal({ 'Retry-After': '1' });
      return true;
    }
  };

  it('refuses a body if all together are larger than the maximum, until another one is released', () => {
    const memory = new BodyMemory(() => 100);
    const holds = ['ann', 'bea', 'cat', 'dan'].map((user) => memory.hold(user));
    for (const hold of holds) hold.add(25);
    const next = memory.hold('eve');
    expect(isRefused(() => next.add(1))).to.equal(true);
    holds[0]?.release();
    expect(isRefused(() => next.add(25))).to.equal(false);
    expect([memory.bytes, memory.refused]).to.deep.equal([100, 1]);
  });

  it('refuses a second body of a user beyond a quarter, and serves other users', () => {
    const memory = new BodyMemory(() => 100);
    memory.hold('ann').add(20);
    expect(isRefused(() => memory.hold('ann').add(6))).to.equal(true);
    expect(isRefused(() => memory.hold('ann').add(5))).to.equal(false);
    expect(isRefused(() => memory.hold('bea').add(50))).to.equal(false);
  });

  it('never refuses the only body, however large it is, also if it grows', () => {
    const memory = new BodyMemory(() => 100);
    const hold = memory.hold('ann');
    for (let piece = 0; piece < 5; piece += 1) expect(isRefused(() => hold.add(90))).to.equal(false);
    hold.release();
    expect(memory.bytes).to.equal(0);
  });

  it('counts a body that several responses send once, until the last one has ended', () => {
    const memory = new BodyMemory(() => 100);
    const body = Buffer.alloc(60);
    const [one, two] = [memory.hold('ann'), memory.hold('bea')];
    one.share(body);
    two.share(body);
    expect(memory.bytes).to.equal(60);
    one.release();
    expect(isRefused(() => memory.hold('cat').add(50))).to.equal(true);
    two.release();
    expect(isRefused(() => memory.hold('cat').add(50))).to.equal(false);
  });

  it('holds the sum of what is held, and at most the maximum and one body, in random histories', () => {
    const step = fc.record({ user: fc.nat(3), bytes: fc.nat(60), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new BodyMemory(() => 100);
        const held: { bytes: number; release: () => void }[] = [];
        for (const { user, bytes, ends } of steps) {
          if (ends) held.shift()?.release();
          const hold = memory.hold(String(user));
          const refused = isRefused(() => hold.add(bytes));
          if (!refused) held.push({ bytes, release: () => hold.release() });
          const sum = held.reduce((total, each) => total + each.bytes, 0);
          expect(memory.bytes).to.equal(sum);
          expect(sum).to.be.at.most(Math.max(100, ...held.map((each) => each.bytes)));
        }
        for (const { release } of held) release();
        expect(memory.bytes).to.equal(0);
      }),
    );
  });
});

describe('a server that sends many large lists', () => {
  const MIB = 2 ** 20;
  const ROWS = `${BASE}/rows`;

  it('refuses large lists of a user whose clients do not read theirs, and serves pages', async () => {
    let report: (reading: MemoryReading) => void = () => undefined;
    const text = 'x'.repeat(4000);
    const pods = fakeInformer(...Array.from({ length: 1000 }, (_, index) => pod(`shop/p${index}`)));
    const rows = pods.pipe(map((each) => ({ metadata: identity(each), text })));
    const test = await TestServer.listening({
      resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)],
      memory: (listener) => {
        report = listener;
        return () => undefined;
      },
    });
    // Half a megabyte is a quarter of an eighth: one large list.
    report({ live: 0, maximum: 16 * MIB });
    const { port, ca } = test.client;
    const stalled: Connections = connectionsTo(port, ca, { window: 65_535 });
    const begun = Promise.withResolvers<number>();
    const exchange = stalled.get('h2', ROWS, 'application/json', {
      head: begun.resolve,
      data: () => exchange.pause(),
      end: () => undefined,
    });
    expect(await begun.promise).to.equal(200);

    const refused = await test.get(ROWS);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '1']);
    expect(JSON.parse(refused.text)).to.include({ reason: 'TooManyRequests' });
    expect((await test.get(`${ROWS}?limit=10`)).status).to.equal(200);
    expect(await test.server.metrics()).to.match(/kubefacet_refused_total\{cause="list bodies"\} 1\n/);

    stalled.cut();
    while ((await test.get(ROWS)).status !== 200);
    await test.close();
  });
});
