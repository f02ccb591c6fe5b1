import { expect } from 'chai';
import { fakeClock, settled } from '../../../src/testing/informers/fake-clock.ts';

describe('fakeClock()', () => {
  it('runs due tasks in order of time, including tasks that they schedule', () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    clock.schedule(20, () => ran.push(`b ${clock.now()}`));
    clock.schedule(10, () => {
      ran.push(`a ${clock.now()}`);
      clock.schedule(5, () => ran.push(`c ${clock.now()}`));
    });
    const cancel = clock.schedule(12, () => ran.push('cancelled'));
    cancel();
    cancel();
    clock.schedule(21, () => ran.push('later'));
    clock.advance(20);
    expect(ran).to.deep.equal(['a 10', 'c 15', 'b 20']);
    expect(clock.now()).to.equal(20);
    expect(clock.waiting).to.equal(1);
  });

  it('lets promises settle between the tasks in run()', async () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    clock.schedule(
      10,
      () => void Promise.resolve().then(() => clock.schedule(10, () => ran.push(`second ${clock.now()}`))),
    );
    await clock.run(20);
    expect(ran).to.deep.equal(['second 20']);
    await settled();
  });
});
