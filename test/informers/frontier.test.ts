import { expect } from 'chai';
import { Frontier } from '../../src/informers/frontier.ts';

describe('Frontier', () => {
  it('accepts any event before the first state, and then only later ones', () => {
    const frontier = new Frontier(undefined, false);
    expect(frontier.isNew('5', 'a')).to.equal(true);
    expect(frontier.reached('9')).to.equal(true);
    expect([frontier.isNew('8', 'a'), frontier.isNew('9', 'a'), frontier.isNew('10', 'a')]).to.deep.equal([
      false,
      false,
      true,
    ]);
    frontier.applied('10', 'a', 'DELETED');
    expect([frontier.version, frontier.resumeFrom]).to.deep.equal(['10', '10']);
  });

  it('never decreases', () => {
    const frontier = new Frontier('10', false);
    expect(frontier.reached('9')).to.equal(false);
    expect(frontier.reached('10')).to.equal(false);
    expect(frontier.version).to.equal('10');
  });

  it('resumes one version earlier after a DELETED if versions repeat', () => {
    const frontier = new Frontier('10', true);
    expect(frontier.resumeFrom).to.equal('10');
    frontier.applied('11', 'a', 'DELETED');
    expect(frontier.resumeFrom).to.equal('10');
    expect([frontier.isNew('11', 'a'), frontier.isNew('11', 'b'), frontier.isNew('10', 'c')]).to.deep.equal([
      false,
      true,
      false,
    ]);
    frontier.applied('11', 'b', 'DELETED');
    expect([frontier.isNew('11', 'a'), frontier.isNew('11', 'b'), frontier.resumeFrom]).to.deep.equal([
      false,
      false,
      '10',
    ]);
    expect(frontier.reached('11')).to.equal(false);
    expect(frontier.resumeFrom).to.equal('11');
    frontier.applied('12', 'a', 'ADDED');
    expect(frontier.resumeFrom).to.equal('12');
    expect(frontier.isNew('12', 'b')).to.equal(false);
  });
});
