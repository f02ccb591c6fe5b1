import { expect } from 'chai';
import { HandlerRefusal, refuse } from '../../../src/server/define/refusals.ts';

describe('refuse', () => {
  for (const [refusal, reason, message] of [
    [refuse.notFound(), { type: 'notFound' }, 'not found'],
    [refuse.alreadyExists(), { type: 'alreadyExists' }, 'already exists'],
    [refuse.conflict(), { type: 'conflict', message: undefined }, 'conflict'],
    [refuse.conflict('it is locked'), { type: 'conflict', message: 'it is locked' }, 'it is locked'],
    [refuse.forbidden('not yours'), { type: 'forbidden', message: 'not yours' }, 'not yours'],
    [
      refuse.tooManyRequests('slow down', 7),
      { type: 'tooManyRequests', message: 'slow down', retryAfterSeconds: 7 },
      'slow down',
    ],
    [
      refuse.invalid([
        { field: 'spec.a', message: 'must be odd' },
        { field: 'spec.b', message: 'must be even', value: 3 },
      ]),
      {
        type: 'invalid',
        problems: [
          { field: 'spec.a', message: 'must be odd' },
          { field: 'spec.b', message: 'must be even', value: 3 },
        ],
      },
      'spec.a: must be odd, spec.b: must be even',
    ],
  ] as const) {
    it(`returns an error with the reason ${reason.type} and the message "${message}"`, () => {
      expect(refusal).to.be.instanceOf(HandlerRefusal).and.to.be.instanceOf(Error);
      expect(refusal).to.deep.include({ name: 'HandlerRefusal', reason, message });
    });
  }
});
