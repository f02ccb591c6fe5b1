import { expect } from 'chai';
import { refusalStatus } from '../../../../src/server/write/handlers/refusal-status.ts';
import { type HandlerRefusal, refuse } from '../../../../src/server/define/refusals.ts';
import { KIND, task } from './tasks.ts';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';
const given = task('a', 'one', { labels: { 'example.com/team': 'blue' } });
const wrong = (field: string): HandlerRefusal => refuse.invalid([{ field, message: 'must be good' }]);

describe('refusalStatus()', () => {
  for (const [refusal, code, reason, message] of [
    [refuse.notFound(), 404, 'NotFound', 'tasks.example.com "a" not found'],
    [refuse.alreadyExists(), 409, 'AlreadyExists', 'tasks.example.com "a" already exists'],
    [refuse.conflict(), 409, 'Conflict', `Operation cannot be fulfilled on tasks.example.com "a": ${MODIFIED}`],
    [
      refuse.conflict('it is locked'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on tasks.example.com "a": it is locked',
    ],
    [refuse.forbidden('not yours'), 403, 'Forbidden', 'tasks.example.com "a" is forbidden: not yours'],
    [refuse.tooManyRequests('slow down', 7), 429, 'TooManyRequests', 'slow down'],
    [wrong('spec.title'), 422, 'Invalid', 'spec.title: Invalid value: "one": must be good'],
    [wrong('spec.none'), 422, 'Invalid', 'spec.none: Required value: must be good'],
    [wrong('spec.none.deep[3].er'), 422, 'Invalid', 'spec.none.deep[3].er: Required value: must be good'],
    [wrong('spec.__proto__'), 422, 'Invalid', 'spec.__proto__: Required value: must be good'],
    [
      wrong('metadata.labels[example.com/team]'),
      422,
      'Invalid',
      'metadata.labels[example.com/team]: Invalid value: "blue": must be good',
    ],
    [
      refuse.invalid([{ field: 'spec.title', message: 'must be good', value: 7 }]),
      422,
      'Invalid',
      'spec.title: Invalid value: 7: must be good',
    ],
  ] as const) {
    it(`translates ${JSON.stringify(refusal.reason)} to ${code}`, () => {
      const { status, headers } = refusalStatus(refusal.reason, KIND, 'a', given);
      expect(status).to.deep.include({ code, reason });
      expect(status.message).to.equal(code === 422 ? `Task.example.com "a" is invalid: ${message}` : message);
      if (code === 422) expect(status.details?.causes).to.have.length(1);
      if (code === 429) expect(headers).to.deep.equal({ 'Retry-After': '7' });
    });
  }

  it('names every field', () => {
    const two = refuse.invalid([
      { field: 'spec.title', message: 'must be good' },
      { field: 'spec.done', message: 'must be given' },
    ]);
    expect(refusalStatus(two.reason, KIND, 'a', given).status.details?.causes).to.deep.equal([
      { reason: 'FieldValueInvalid', message: 'Invalid value: "one": must be good', field: 'spec.title' },
      { reason: 'FieldValueRequired', message: 'Required value: must be given', field: 'spec.done' },
    ]);
    expect(two.message).to.equal('spec.title: must be good, spec.done: must be given');
  });
});
