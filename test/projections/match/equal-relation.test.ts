import { expect } from 'chai';
import { equalRelation } from '../../../src/projections/match/equal-relation.ts';

const values = (_: string, text: string): readonly string[] => (text === '' ? [] : text.split(''));

describe('equalRelation()', () => {
  const affectedBy = (change: (affected: Set<string>) => void): string[] => {
    const affected = new Set<string>();
    change(affected);
    return [...affected].toSorted();
  };

  it('names those who lose a partner, who get one, and whose partner has changed', () => {
    const relation = equalRelation(values, values);
    for (const [key, text] of [
      ['l1', 'x'],
      ['l2', 'xy'],
      ['l3', 'z'],
    ] as const) {
      relation.setLeft(key, text);
    }
    expect(affectedBy((affected) => relation.setRight('r', 'x', affected))).to.deep.equal(['l1', 'l2']);
    expect(affectedBy((affected) => relation.setRight('r', 'x', affected))).to.deep.equal(['l1', 'l2']);
    expect(affectedBy((affected) => relation.setRight('r', 'yz', affected))).to.deep.equal(['l1', 'l2', 'l3']);
    expect(affectedBy((affected) => relation.setRight('r', undefined, affected))).to.deep.equal(['l2', 'l3']);
    expect(affectedBy((affected) => relation.setRight('never', undefined, affected))).to.deep.equal([]);
  });

  it('names a partner once, however many values are in common', () => {
    const relation = equalRelation(values, values);
    relation.setLeft('l', 'xyz');
    relation.setRight('r', 'xz', new Set());
    relation.setRight('s', 'q', new Set());
    expect([...relation.partnersOf('l')]).to.deep.equal(['r']);
    relation.setLeft('l', 'q');
    expect([...relation.partnersOf('l')]).to.deep.equal(['s']);
    relation.setLeft('l', undefined);
    expect([...relation.partnersOf('l')]).to.deep.equal([]);
  });

  it('is as before when a function throws', () => {
    const relation = equalRelation(values, (key: string, text: string) =>
      text === 'bad' ? expect.fail() : values(key, text),
    );
    relation.setLeft('l', 'x');
    relation.setRight('r', 'x', new Set());
    expect(() => relation.setRight('r', 'bad', new Set())).to.throw();
    expect([...relation.partnersOf('l')]).to.deep.equal(['r']);
  });
});
