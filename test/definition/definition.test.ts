import { expect } from 'chai';
import { definitionParts, type DefineServer, kubefacet } from '../../src/definition/definition.ts';
import { informerFactory } from '../../src/informers/index.ts';
import { fakeListWatch } from '../../src/testing/index.ts';

const { signal } = new AbortController();
const informers = informerFactory({ listWatch: () => fakeListWatch() });

describe('kubefacet()', () => {
  it('calls the function with the informers of the command, once for each evaluation', async () => {
    const contexts: unknown[] = [];
    const definition = kubefacet((context) => {
      contexts.push(context);
      return { apis: [] };
    });
    expect(contexts).to.deep.equal([]);
    expect(await definitionParts(definition).evaluate({ informers, signal })).to.deep.equal({ apis: [] });
    expect(contexts).to.deep.equal([{ informers, signal }]);
  });

  it('accepts an asynchronous function, and keeps the options of the informers', async () => {
    const transforms = { pods: <T>(pod: T): T => pod };
    const parts = definitionParts(kubefacet(() => Promise.resolve({ apis: [] }), { transforms }));
    expect(await parts.evaluate({ informers, signal })).to.deep.equal({ apis: [] });
    expect(parts.options.transforms).to.equal(transforms);
  });

  it('refuses a value that is not a function', () => {
    expect(() => kubefacet({ apis: [] } as unknown as DefineServer)).to.throw(
      TypeError,
      'kubefacet() needs a function',
    );
  });

  for (const [content, text] of [
    [undefined, 'undefined'],
    [[], 'an array'],
    [{ resources: [] }, 'an object'],
    [{ apis: {} }, 'an object'],
  ] as const) {
    it(`reports a function that returns ${JSON.stringify(content) ?? 'undefined'}`, async () => {
      const { evaluate } = definitionParts(kubefacet((() => content) as unknown as DefineServer));
      const error: unknown = await evaluate({ informers, signal }).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(TypeError);
      expect((error as Error).message).to.contain(`returned ${text}, but it must return { apis:`);
    });
  }
});

describe('definitionParts()', () => {
  for (const [value, text] of [
    [undefined, 'is undefined'],
    [null, 'is null'],
    [() => ({ apis: [] }), 'is a function'],
    [{ apis: [] }, 'is an object'],
    [Promise.resolve(), 'is a promise'],
    ['text', 'is a string'],
  ] as const) {
    it(`says that a value ${text}`, () => {
      expect(() => definitionParts(value)).to.throw(TypeError, `${text}, but it must be the result of kubefacet(`);
    });
  }

  it('says that a class is a function', () => {
    expect(() => definitionParts(Map)).to.throw(TypeError, 'is a function, but it must be the result of kubefacet(');
  });

  it('names the version of another installation that made the definition', () => {
    const other = { [Symbol.for('kubefacet.definition')]: '9.9.9' };
    expect(() => definitionParts(other)).to.throw(TypeError, /another installation of kubefacet \(version 9\.9\.9\)/);
  });
});
