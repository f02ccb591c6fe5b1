import { expect } from 'chai';
import { pathSegmentProblems } from '../src/path-segment.ts';

describe('pathSegmentProblems()', () => {
  for (const name of ['web', 'Web', 'system:node', 'a.b', '...', '']) {
    it(`accepts "${name}"`, () => {
      expect(pathSegmentProblems(name)).to.deep.equal([]);
    });
  }

  const invalid: readonly (readonly [name: string, problems: readonly string[]])[] = [
    ['.', ["may not be '.'"]],
    ['..', ["may not be '..'"]],
    ['a/b', ["may not contain '/'"]],
    ['a%b', ["may not contain '%'"]],
    ['a/%', ["may not contain '/'", "may not contain '%'"]],
  ];
  for (const [name, problems] of invalid) {
    it(`rejects "${name}"`, () => {
      expect(pathSegmentProblems(name)).to.deep.equal(problems);
    });
  }
});
