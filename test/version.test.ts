import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { version } from '../src/version.ts';

describe('version', () => {
  it('equals the version in package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(version).to.equal(manifest.version);
  });
});
