import { expect } from 'chai';
import { ConfigTypeError } from '../../../../src/server/wire/managed-fields/apply.ts';
import { configProblems } from '../../../../src/server/wire/managed-fields/config-problems.ts';
import { shapeOf } from '../../../../src/server/wire/managed-fields/shape.ts';
import { thingSchema } from './scenarios.ts';

const problemsOf = (spec: unknown): readonly string[] => configProblems({ spec }, shapeOf(thingSchema));

/** Messages of the reference server. Where it prints structures of Go, the kind of the value is used instead. */
const cases: readonly (readonly [unknown, readonly string[]])[] = [
  [{ unknown: 1 }, ['.spec.unknown: field not declared in schema']],
  [{ nested: { right: { wrong: 1 } } }, ['.spec.nested.right.wrong: field not declared in schema']],
  [{ replicas: 'text' }, ['.spec.replicas: expected numeric (int or float), got string']],
  [{ text: 1 }, ['.spec.text: expected string, got number']],
  [{ selector: 'text' }, ['.spec.selector: expected map, got string']],
  [{ tags: 'text' }, ['.spec.tags: expected list, got string']],
  [{ amount: {} }, []],
  [{ plain: ['a', 1] }, ['.spec.plain[1]: expected string, got number']],
  [{ tags: ['a', 'a'] }, ['.spec.tags: duplicate entries for key [="a"]']],
  [{ containers: [{ name: 'a' }, { name: 'a' }] }, ['.spec.containers: duplicate entries for key [name="a"]']],
  [
    { containers: [{ image: 'x' }] },
    [
      '.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ],
  [{ containers: [null] }, ['.spec.containers: element 0: associative list with keys may not have a null element']],
  [{ containers: ['a'] }, ['.spec.containers: element 0: associative list with keys may not have non-map elements']],
  [{ tags: [{ a: 1 }] }, [".spec.tags: element 0: associative list without keys has an element that's a map type"]],
  [{ tags: [['a']] }, ['.spec.tags: element 0: not supported: associative list with lists as elements']],
  [{ tags: [null] }, [".spec.tags: element 0: associative list without keys has an element that's an explicit null"]],
  [{ tags: null, selector: null, replicas: null }, []],
];

describe('configProblems()', () => {
  for (const [spec, problems] of cases) {
    it(`returns for ${JSON.stringify(spec)}: ${problems.length === 0 ? 'no problems' : problems.join()}`, () => {
      expect(problemsOf(spec)).to.deep.equal(problems);
    });
  }

  it('are bounded', () => {
    const spec = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
    expect(problemsOf(spec)).to.have.length(100);
  });

  it('are reported alone or as a list', () => {
    expect(new ConfigTypeError(['.a: b']).message).to.equal('.a: b');
    expect(new ConfigTypeError(['.a: b', '.c: d']).message).to.equal('errors:\n  .a: b\n  .c: d');
  });
});
