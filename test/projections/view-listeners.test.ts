import { expect } from 'chai';
import { ViewListeners } from '../../src/projections/view-listeners.ts';

describe('ViewListeners', () => {
  it('tell listeners of changes, and those who wait of everything', async () => {
    const listeners = new ViewListeners();
    const told: string[] = [];
    const stop = listeners.onChange(() => told.push('listener'));
    let frontier = 1;
    const waited = listeners.until(() => (told.push('look'), frontier >= 3), new AbortController().signal);
    told.length = 0;
    frontier = 2;
    listeners.notify('frontier');
    expect(told.splice(0)).to.deep.equal(['look']);
    listeners.notify('change');
    expect(told.splice(0)).to.deep.equal(['listener', 'look']);
    frontier = 3;
    listeners.notify('frontier');
    expect(await waited).to.equal(true);
    stop();
    told.length = 0;
    listeners.notify('change');
    expect(told).to.deep.equal([]);
  });

  it('forget who no longer waits, and leave nothing on the signal', async () => {
    const listeners = new ViewListeners();
    const controller = new AbortController();
    let looks = 0;
    const waited = listeners.until(() => (looks += 1) > 1, controller.signal);
    listeners.notify('frontier');
    expect([await waited, looks]).to.deep.equal([true, 2]);
    controller.abort();
    listeners.notify('frontier');
    expect(looks).to.equal(2);
  });

  it('answer false when the signal is aborted first, and reject with what the condition throws', async () => {
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

  it('are all told, also when some throw', () => {
    const listeners = new ViewListeners();
    const told: number[] = [];
    listeners.onChange(() => expect.fail('first'));
    listeners.onChange(() => told.push(2));
    listeners.onChange(() => expect.fail('third'));
    expect(() => listeners.notify('change'))
      .to.throw(AggregateError)
      .with.nested.property('errors.length', 2);
    expect(told).to.deep.equal([2]);
  });
});
