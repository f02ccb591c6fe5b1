import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { constants, crc32, deflateRawSync, gunzipSync } from 'node:zlib';
import { combinedCrc, crcOperator } from '../../../src/server/wire/crc32.ts';
import { type GzipBlock, gzipBlock, gzipMember, storedBlock } from '../../../src/server/wire/gzip-blocks.ts';

const blockOf = (bytes: Buffer): GzipBlock =>
  gzipBlock(bytes, deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }));
const bytes = fc.uint8Array({ maxLength: 300 }).map((values) => Buffer.from(values));

describe('combinedCrc()', () => {
  it('is the CRC of joined bytes', () => {
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const combined = combinedCrc(crc32(first), crc32(second), crcOperator(second.length));
        expect(combined).to.equal(crc32(Buffer.concat([first, second])));
      }),
    );
    const large = Buffer.alloc(5_000_000, 'kubefacet');
    expect(combinedCrc(crc32('a'), crc32(large), crcOperator(large.length))).to.equal(
      crc32(Buffer.concat([Buffer.from('a'), large])),
    );
  });
});

describe('gzipMember()', () => {
  it('contains the joined bytes of its blocks, deflated or stored, for every reader of gzip', () => {
    const text = fc
      .tuple(fc.constantFrom('', 'a', '{"metadata":{}},'), fc.nat(9000))
      .map(([one, count]) => Buffer.from(one.repeat(count)));
    const block = fc.tuple(fc.oneof(bytes, text), fc.boolean());
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), (parts) => {
        const member = Buffer.concat(
          gzipMember(parts.map(([part, isStored]) => (isStored ? storedBlock(part) : blockOf(part)))),
        );
        const whole = Buffer.concat(parts.map(([part]) => part));
        // gunzip checks the CRC and the length.
        expect(gunzipSync(member).equals(whole)).to.equal(true);
      }),
    );
  });

  it('is valid for the program gzip', () => {
    const member = gzipMember([
      storedBlock(Buffer.from('{"items":[')),
      blockOf(Buffer.from('{},'.repeat(50_000))),
      storedBlock(Buffer.from('{}]}')),
    ]);
    const text = execFileSync('gzip', ['-d', '-c'], { input: Buffer.concat(member) }).toString();
    expect(JSON.parse(text).items).to.have.length(50_001);
    execFileSync('gzip', ['-t'], { input: Buffer.concat(member) });
  });
});
