import { expect } from 'chai';
import { ViewListeners } from '../../src/projections/view-listeners.ts';

describe('ViewListeners', () => {
  it('notify listeners of changes, and waiting promises of every tick', async () => {
    const listeners = new ViewListeners();
    const calls: string[] = [];
    const stop = listeners.onChange(() => calls.push('listener'));
    let frontier = 1;
    const waited = listeners.until(() => (calls.push('check'), frontier >= 3), new AbortController().signal);
    calls.length = 0;
    frontier = 2;
    listeners.notify('frontier');
    expect(calls.splice(0)).to.deep.equal(['check']);
    listeners.notify('change');
    expect(calls.splice(0)).to.deep.equal(['listener', 'check']);
    frontier = 3;
    listeners.notify('frontier');
    expect(await waited).to.equal(true);
    stop();
    calls.length = 0;
    listeners.notify('change');
    expect(calls).to.deep.equal([]);
  });

  it('forget promises that no longer wait, and leave no listener on the signal', async () => {
    const listeners = new ViewListeners();
    const controller = new AbortController();
    let checks = 0;
    const waited = listeners.until(() => (checks += 1) > 1, controller.signal);
    listeners.notify('frontier');
    expect([await waited, checks]).to.deep.equal([true, 2]);
    controller.abort();
    listeners.notify('frontier');
    expect(checks).to.equal(2);
  });

  it('resolve to false if the signal is aborted first, and reject with the error of the condition', async () => {
    const listeners = new ViewListeners();
    const controller = new AbortController();
    const waited = listeners.until(() => false, controller.signal);
    controller.abort();
    expect(await waited).to.equal(false);
    let down = false;
    const refused = listeners
      .until(() => (down ? expect.fail('down') : false), new AbortController().signal)
      .catch((error: unknown) => String(error));
    down = true;
    listeners.notify('change');
    expect(await refused).to.equal('AssertionError: down');
  });

  it('are all notified even if some throw', () => {
    const listeners = new ViewListeners();
    const calls: number[] = [];
    listeners.onChange(() => expect.fail('first'));
    listeners.onChange(() => calls.push(2));
    listeners.onChange(() => expect.fail('third'));
    expect(() => listeners.notify('change'))
      .to.throw(AggregateError)
      .with.nested.property('errors.length', 2);
    expect(calls).to.deep.equal([2]);
  });
});
