import { expect } from 'chai';
import * as fc from 'fast-check';
import { decodeList } from '../../src/informers/list-body.ts';

/** Reads a body to its end. */
function whole(text: string, sliceBytes: number): { list: unknown; slices: (readonly unknown[])[] | undefined } {
  const { list, slices } = decodeList(Buffer.from(text), sliceBytes);
  return { list, slices: slices === undefined ? undefined : [...slices] };
}
/** The whole list, put together again. */
function together(text: string, sliceBytes: number): unknown {
  const { list, slices } = whole(text, sliceBytes);
  return slices === undefined ? list : { ...(list as object), items: slices.flat() };
}

describe('decodeList()', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 8 });
  /** Values with everything at which a body could be cut by mistake. */
  const confusing = fc.constantFrom('"items":[', '},{"metadata":', ']}', '\\"', ']', '},{"kind":', '\\');
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, 1, 9_007_199_254_740_993n),
      name,
      confusing,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.record({ metadata: tie('any'), items: tie('any') }),
      fc.dictionary(fc.oneof(name, confusing), tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  const item = fc.record({ metadata: fc.record({ name, labels: value }), spec: value });
  const items = fc.array(fc.oneof({ arbitrary: item, weight: 9 }, { arbitrary: value, weight: 1 }), { maxLength: 12 });
  const metadata = fc.record({ resourceVersion: name, continue: name, more: value });
  const print = (part: unknown): string =>
    JSON.stringify(part, (_key, inner: unknown) =>
      typeof inner === 'bigint'
        ? (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(`${inner}`)
        : inner,
    );
  const orders = [
    ['kind', 'apiVersion', 'metadata', 'items'],
    ['apiVersion', 'items', 'kind', 'metadata'],
    ['items', 'metadata', 'other', 'kind', 'apiVersion'],
    ['metadata', 'other', 'items'],
  ];
  const body = fc
    .record({ items, metadata, other: value, order: fc.constantFrom(...orders) })
    .map(({ order, ...fields }) => {
      const all: Readonly<Record<string, unknown>> = { ...fields, kind: 'PodList', apiVersion: 'v1' };
      return `{${order.map((field) => `${JSON.stringify(field)}:${print(all[field])}`).join(',')}}\n`;
    });

  it('returns what a decoder of the whole returns, wherever it cuts', () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 400 }), (text, size) => {
        expect(together(text, size)).to.deep.equal(together(text, Number.POSITIVE_INFINITY));
      }),
      { numRuns: 1000 },
    );
  });

  it('rejects what a decoder of the whole rejects', () => {
    const broken = fc
      .tuple(body, fc.nat(), fc.constantFrom('', ']', '[', '{', '}', ',', '"', 'x'))
      .map(([text, at, change]) => {
        const index = at % text.length;
        return text.slice(0, index) + change + text.slice(index + 1);
      });
    const resultOf = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        expect(error).to.be.instanceOf(SyntaxError);
        return 'a syntax error';
      }
    };
    fc.assert(
      fc.property(broken, fc.integer({ min: 1, max: 400 }), (text, size) => {
        expect(resultOf(() => together(text, size))).to.deep.equal(
          resultOf(() => together(text, Number.POSITIVE_INFINITY)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('decodes a large list in slices of about the given size', () => {
    const pods = Array.from({ length: 1000 }, (_, index) => ({
      metadata: { name: `pod-${index}` },
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
    }));
    const text = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods });
    const size = JSON.stringify(pods[0]).length + 1;
    const { slices = [] } = whole(text, 10 * size);
    expect(slices.flat()).to.deep.equal(pods);
    expect(Math.max(...slices.map(({ length }) => length))).to.be.within(10, 11);
  });

  it('decodes a short body as a whole, and one that is no list', () => {
    for (const [text, size] of [
      ['{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"a":1},{"a":2}]}', 1000],
      ['{"kind":"Status","details":{"items":[{"a":1},{"a":2}]}}', 1],
      ['{"kind":"PodList","items":[]}', 1],
      ['{"items": [{"a":1}]}', 1],
      ['[1]', 1],
    ] as const) {
      expect(whole(text, size)).to.deep.equal({ list: JSON.parse(text), slices: undefined });
    }
  });
});
