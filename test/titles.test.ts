/** The titles of tests: unique in their file, so that a failure in a CI log leads to one test. It checks the tests of the current run. */
import { expect } from 'chai';
import type { Suite } from 'mocha';

function* titlesOf(suite: Suite): Iterable<string> {
  for (const test of suite.tests) yield `${test.file ?? ''}: ${test.fullTitle()}`;
  for (const inner of suite.suites) yield* titlesOf(inner);
}

describe('the titles of tests', () => {
  let titles: readonly string[];
  before(function () {
    let root = this.test?.parent;
    while (root?.parent !== undefined) root = root.parent;
    titles = root === undefined ? [] : [...titlesOf(root)];
  });

  it('are unique in their file', () => {
    const seen = new Set<string>();
    const repeated = titles.filter((title) => seen.has(title) || !seen.add(title));
    expect(repeated).to.deep.equal([]);
    expect(titles).to.not.be.empty;
  });

  it('have no double spaces outside quotes', () => {
    expect(titles.filter((title) => / {2}/.test(title.replace(/(["'`]).*?\1/g, 'text')))).to.deep.equal([]);
  });
});
