import { expect } from 'chai';
import {
  deepFreeze,
  type FunctionGuard,
  guardedRow,
  installGuard,
  isPromiseLike,
  pure,
} from '../../../src/informers/collection/purity.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';

describe('pure() and guardedRow()', () => {
  const wasOn = purityGuard(false);
  afterEach(() => void purityGuard(wasOn));

  const guardOf = (log: string[]): FunctionGuard => ({
    guarded: (operator, work) => {
      log.push(`guards ${operator}`);
      return (...args) => {
        log.push(`calls ${operator}`);
        return work(...args);
      };
    },
    row: (row) => {
      log.push('row');
      return row;
    },
  });

  it('call the function and return the row as they are while no guard is installed', () => {
    installGuard(undefined);
    const row = { n: 1 };
    expect(pure('map', (n: number) => n + 1)(1)).to.equal(2);
    expect(guardedRow(row)).to.equal(row);
    expect(row).not.to.be.frozen;
  });

  it('use the guard that is installed at the time of the call', () => {
    const [first, second]: [string[], string[]] = [[], []];
    const increment = pure('map', (n: number) => n + 1);
    installGuard(guardOf(first));
    expect([increment(1), increment(2)]).to.deep.equal([2, 3]);
    guardedRow({});
    installGuard(guardOf(second));
    increment(1);
    installGuard(undefined);
    increment(1);
    expect(first).to.deep.equal(['guards map', 'calls map', 'calls map', 'row']);
    expect(second).to.deep.equal(['guards map', 'calls map']);
  });
});

describe('deepFreeze()', () => {
  it('freezes an object and everything in it', () => {
    const { a } = deepFreeze({ a: { b: [{ c: 1 }] } });
    expect([a, a.b, a.b[0]].every((value) => Object.isFrozen(value))).to.equal(true);
  });
});

describe('isPromiseLike()', () => {
  it('recognizes promises, also those of another library', () => {
    // oxlint-disable-next-line unicorn/no-thenable -- the subject of the test
    const other: object = Object.defineProperty({}, 'then', { value: () => undefined });
    for (const value of [Promise.resolve(1), other]) expect(isPromiseLike(value)).to.equal(true);
    for (const value of [undefined, null, 1, {}, 'then']) expect(isPromiseLike(value)).to.equal(false);
  });
});
