import { expect } from 'chai';
import { inspect } from 'node:util';
import type { Handlers } from '../../../src/server/define/handlers.ts';
import { checkHandlers, handlerVerbs } from '../../../src/server/define/custom-parts.ts';

const noop = (): never => undefined as never;

describe('handlerVerbs()', () => {
  for (const [handlers, verbs] of [
    [{ get: noop }, ['get']],
    [{ get: noop, list: noop }, ['get', 'list']],
    [{ create: noop }, ['create']],
    [{ get: noop, replace: noop }, ['get', 'patch', 'update']],
    [{ get: noop, delete: noop, deleteCollection: noop }, ['delete', 'deletecollection', 'get']],
    [{ watch: noop }, ['watch']],
    [{ list: noop, watch: 'polled' }, ['list', 'watch']],
    [{ list: noop, watch: undefined, pollInterval: 5, handlesDryRun: true }, ['list']],
    [
      { create: noop, delete: noop, deleteCollection: noop, get: noop, list: noop, replace: noop, watch: noop },
      ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    ],
  ] satisfies [Handlers<object>, string[]][]) {
    it(`returns ${verbs.join(', ')} for the handlers ${Object.keys(handlers).join(', ')}`, () => {
      expect(handlerVerbs(handlers)).to.deep.equal(verbs);
      checkHandlers('tasks', handlers);
    });
  }

  it('includes the methods of a class', () => {
    class Readable {
      get = noop;
      list(): never {
        return noop();
      }
    }
    expect(handlerVerbs(new Readable())).to.deep.equal(['get', 'list']);
  });
});

describe('checkHandlers()', () => {
  for (const [handlers, message] of [
    [{}, 'handlers of tasks: at least one is needed: create, delete'],
    [{ handlesDryRun: true }, 'handlers of tasks: at least one is needed'],
    [{ get: 'text' }, 'handlers of tasks: get must be a function'],
    [{ list: noop, watch: 'always' }, 'handlers of tasks: watch must be a function or "polled"'],
    [{ get: noop, watch: 'polled' }, 'handlers of tasks: watch: "polled" needs list'],
    [{ replace: noop }, 'handlers of tasks: replace needs get, list or watch'],
    [{ create: noop, delete: noop }, 'handlers of tasks: delete needs get, list or watch'],
    [{ deleteCollection: noop }, 'handlers of tasks: deleteCollection needs get, list or watch'],
    [{ list: noop, pollInterval: 0 }, 'handlers of tasks: pollInterval must be above 0'],
    [{ list: noop, pollInterval: Number.NaN }, 'handlers of tasks: pollInterval must be above 0'],
  ] as const) {
    it(`rejects ${inspect(handlers, { breakLength: Infinity })}: ${message}`, () => {
      expect(() => checkHandlers('tasks', handlers as unknown as Handlers<object>)).to.throw(TypeError, message);
    });
  }
});
