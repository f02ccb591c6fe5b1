import { expect } from 'chai';
import { checkWrites, type ProjectionWrites, projectionVerbs } from '../../../src/server/define/projection-writes.ts';

const noop = (): undefined => undefined;

describe('projectionVerbs()', () => {
  for (const [write, verbs] of [
    [undefined, ['get', 'list', 'watch']],
    [{ patch: noop }, ['get', 'list', 'patch', 'watch']],
    [{ replace: noop }, ['get', 'list', 'update', 'watch']],
    [{ patch: noop, replace: noop, delete: noop }, ['delete', 'get', 'list', 'patch', 'update', 'watch']],
  ] satisfies [ProjectionWrites<never> | undefined, string[]][]) {
    it(`returns ${verbs.join(', ')} for ${write === undefined ? 'no writes' : Object.keys(write).join(', ')}`, () => {
      expect(projectionVerbs(write)).to.deep.equal(verbs);
    });
  }
});

describe('checkWrites()', () => {
  it('accepts paths of one or more fields', () => {
    expect(() => checkWrites({ patch: noop, fields: ['spec', 'metadata.labels', 'spec.a-b'] })).to.not.throw();
  });

  for (const [write, message] of [
    [{}, 'needs at least one of patch, replace and delete'],
    [{ fields: ['spec'] }, 'needs at least one of patch, replace and delete'],
    [{ patch: noop, fields: ['.spec'] }, 'fields: ".spec" must be a path like spec.paused'],
    [{ patch: noop, fields: ['spec..a'] }, 'fields: "spec..a" must be a path like spec.paused'],
    [{ patch: noop, fields: [''] }, 'fields: "" must be a path like spec.paused'],
  ] satisfies [ProjectionWrites<never>, string][]) {
    it(`rejects ${JSON.stringify(write)}`, () => {
      expect(() => checkWrites(write)).to.throw(TypeError, message);
    });
  }
});
