import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { MarbleError, parseMarbles, playMarbles, trackMarbles } from '../../../src/testing/projections/index.ts';

const make = (key: string, node: string): V1Pod => pod(key, { node });

describe('parseMarbles()', () => {
  for (const [text, ticks] of [
    ['', []],
    [' | | ', []],
    ['+shop/web:n1', [[{ sign: '+', key: 'shop/web', text: 'n1' }]]],
    [
      '+a -b:gone|~c',
      [
        [
          { sign: '+', key: 'a', text: '' },
          { sign: '-', key: 'b', text: 'gone|~c' },
        ],
      ],
    ],
    [
      '+a -b | ~c:x:y',
      [
        [
          { sign: '+', key: 'a', text: '' },
          { sign: '-', key: 'b', text: '' },
        ],
        [{ sign: '~', key: 'c', text: 'x:y' }],
      ],
    ],
    ['+a | !gone | !relist', [[{ sign: '+', key: 'a', text: '' }], 'gone', 'relist']],
  ] as const) {
    it(`parses "${text}"`, () => expect(parseMarbles(text)).to.deep.equal(ticks));
  }

  for (const [text, token, position] of [
    ['a', 'a', 0],
    ['+a | *b', '*b', 5],
    ['+', '+', 0],
    ['+a !gone', '!gone', 3],
    ['!vanished', '!vanished', 0],
  ] as const) {
    it(`refuses "${text}" and reports the position`, () => {
      expect(() => parseMarbles(text)).to.throw(MarbleError, `"${token}" at ${position} is not a marble`);
    });
  }
});

describe('playMarbles() and trackMarbles()', () => {
  const setUp = () => {
    const pods = fakeInformer<V1Pod>();
    const scheduled = pods.pipe(filter(({ spec }) => spec?.nodeName !== ''));
    return { pods, rows: trackMarbles(scheduled, (one) => one.spec?.nodeName) };
  };

  it('play events and record the batches that follow', () => {
    const { pods, rows } = setUp();
    playMarbles(pods, '+shop/web:n1 | ~shop/web:n2 | ~shop/web: | ~shop/web:n1 | -shop/web', make);
    rows.expect('+shop/web:n1 | ~shop/web:n2 | -shop/web | +shop/web:n1 | -shop/web');
    rows.expect('');
  });

  it('play several objects in one batch as a relist', () => {
    const { pods, rows } = setUp();
    playMarbles(pods, '+a/x:n1 +a/y:n2 | -a/x ~a/y:n3 +a/z:n1', make);
    rows.expect('+a/y:n2 +a/x:n1 | -a/x ~a/y:n3 +a/z:n1');
  });

  it('play incidents: the source is gone and comes back', () => {
    const { pods, rows } = setUp();
    playMarbles(pods, '+a/x:n1 | !gone | +a/y:n2 +a/z:n2 | !bookmark | !relist | !silent', make);
    rows.expect('+a/x:n1 | -a/x | +a/y:n2 +a/z:n2');
    expect(pods.sources()[0]?.message).to.match(/nothing has been heard/);
  });

  it('report the difference between expected and actual batches', () => {
    const { pods, rows } = setUp();
    playMarbles(pods, '+a/x:n1', make);
    expect(() => rows.expect('+a/x:n2')).to.throw('unexpected batches\nexpected "+a/x:n2"\n  actual "+a/x:n1"');
  });

  it('refuse changes that are impossible', () => {
    const { pods } = setUp();
    expect(() => playMarbles(pods, '~a/x:n1', make)).to.throw('there is no object a/x');
    expect(() => playMarbles(pods, '+a/x:n1 -a/y', make)).to.throw('a/y does not exist');
  });
});
