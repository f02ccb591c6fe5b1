import { expect } from 'chai';
import { claimObject, storeFolder } from '../../../src/cli/manifests/storage.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { deployedWith } from './deployed.ts';

describe('storeFolder()', () => {
  it('is the folder of all files', () => {
    expect(storeFolder({ storeFiles: [] })).to.equal(undefined);
    expect(storeFolder({ storeFiles: ['/data/a.db', '/data/../data//b.db'] })).to.equal('/data');
  });

  for (const [files, message] of [
    [['data/a.db'], /the path data\/a\.db is relative; use an absolute one, such as \/data\/a\.db$/],
    [['/a/a.db', '/b/b.db'], /in the folders \/a and \/b; keep them in one folder$/],
    [['/a.db'], /no volume can be mounted at \/; /],
    [['/tmp/a.db'], /no volume can be mounted at \/tmp; /],
  ] as const) {
    it(`refuses ${files.join(' and ')}`, () => {
      expect(() => storeFolder({ storeFiles: files })).to.throw(CliError, message);
    });
  }
});

describe('claimObject()', () => {
  it('requests the size, and a storage class only if one is named', () => {
    expect(claimObject(deployedWith()).spec).to.deep.equal({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    });
    expect(claimObject(deployedWith({ storageClass: 'fast' })).spec).to.include({ storageClassName: 'fast' });
  });
});
