import { expect } from 'chai';
import * as fc from 'fast-check';
import { StringTable } from '../../src/informers/string-table.ts';

describe('StringTable', () => {
  it('changes no value', () => {
    const table = new StringTable(5);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value);
        table.share(value);
        expect(JSON.stringify(value)).to.equal(before);
      }),
    );
  });

  it('keeps each string once, also in arrays and at every depth', () => {
    const table = new StringTable();
    const image = (): object => ({
      spec: { images: ['registry.example.com/web:1', 'short'], node: 'worker-0.example.com' },
    });
    for (let index = 0; index < 100; index += 1) table.share(image());
    expect(table.size).to.equal(2);
  });

  it('keeps the strings of two generations at most, and those that are read again', () => {
    const table = new StringTable(100);
    for (let index = 0; index < 1000; index += 1) {
      table.share([`a string that is new: ${index}`, 'a string that is repeated']);
      expect(table.size).to.be.at.most(200);
    }
  });

  it('keeps a field with the name __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":"a long enough string"}');
    new StringTable().share(value);
    expect(JSON.stringify(value)).to.equal('{"__proto__":"a long enough string"}');
  });

  it('accepts a value that is nested deeply', () => {
    new StringTable().share(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`));
  });
});
