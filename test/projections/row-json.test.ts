import { expect } from 'chai';
import { RowRefusedError } from '../../src/projections/errors.ts';
import { rowJson } from '../../src/projections/row-json.ts';
import { RowEncoder } from '../../src/projections/row.ts';

const ADVICE = 'is a bigint, which JSON has not; formatCpu() or formatBytes()';

describe('rowJson()', () => {
  it('is JSON', () => expect(rowJson({ a: [1, undefined], b: undefined }, '')).to.equal('{"a":[1,null]}'));

  for (const [part, path, place] of [
    [{ cpu: 1n }, '', 'cpu'],
    [{ spec: { a: 'x' }, status: { cpu: 1n } }, '', 'status.cpu'],
    [{ status: { nodes: [{ cpu: 1 }, { cpu: 2n }] } }, '', 'status.nodes[1].cpu'],
    [{ labels: { size: 2n } }, 'metadata', 'metadata.labels.size'],
    [{ told: { toJSON: () => 'text', size: 1n }, size: 2n }, '', 'size'],
  ] as const) {
    it(`names the bigint at ${place}, and what makes text of it`, () => {
      expect(() => rowJson(part, path)).to.throw(RowRefusedError, `${place} ${ADVICE}`);
    });
  }

  it('leaves other errors as they are', () => {
    const ring: { self?: unknown } = {};
    ring.self = ring;
    expect(() => rowJson(ring, ''))
      .to.throw(TypeError, 'circular')
      .and.not.be.instanceOf(RowRefusedError);
    const own = { toJSON: (): never => expect.fail('no luck'), size: 1 };
    expect(() => rowJson(own, '')).to.throw('no luck');
  });
});

describe('RowEncoder, of bigints', () => {
  const encoder = new RowEncoder({ group: 'example.com', version: 'v1', kind: 'Row', namespaced: false });

  for (const [row, place] of [
    [{ metadata: { name: 'a' }, status: { cpu: 1n } }, 'status.cpu'],
    [{ metadata: { name: 'a', annotations: { size: 1n } } }, 'metadata.annotations.size'],
  ] as const) {
    it(`refuses the row and names ${place}`, () => {
      expect(() => encoder.encode('a', row, undefined, 1n)).to.throw(RowRefusedError, `${place} ${ADVICE}`);
    });
  }
});
