import { MIMEType } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { parseMediaType } from '../../../src/server/wire/media-type.ts';

describe('parseMediaType()', () => {
  it('returns what Node’s MIMEType returns, for any text', () => {
    const part = fc.constantFrom(
      'a',
      'B/',
      '/',
      ';',
      '=',
      '"',
      '\\',
      ' ',
      '\t',
      '\n',
      'q',
      '0.5',
      '*',
      ',',
      'é',
      '\u0001',
      '€',
    );
    const text = fc.oneof(
      fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
      fc.array(part, { maxLength: 14 }).map((parts) => `application/json;${parts.join('')}`),
    );
    fc.assert(
      fc.property(text, (header) => {
        expect(parseMediaType(header)).to.deep.equal(byNode(header));
      }),
      { numRuns: 5000 },
    );
  });

  it('reads each character at most a few times', () => {
    for (const header of [
      `a/b;${' '.repeat(4000)}x`,
      `a/b${';x=y'.repeat(1000)}`,
      `a/b;x="${'\\"'.repeat(2000)}`,
      ' '.repeat(4000),
    ]) {
      let steps = 0;
      const counted = new Proxy(new String(header), {
        get(target, name): unknown {
          if (typeof name === 'string' && /^\d+$/.test(name)) steps += 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      parseMediaType(counted as unknown as string);
      expect(steps, header.slice(0, 10)).to.be.below(6 * header.length);
    }
  });
});

function byNode(header: string): unknown {
  try {
    const { essence, params } = new MIMEType(header);
    return { essence, parameters: new Map(params) };
  } catch {
    return undefined;
  }
}
