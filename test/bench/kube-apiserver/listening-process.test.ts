import { expect } from 'chai';
import { cpuTimeIn, inodesOf } from '../../../bench/kube-apiserver/listening-process.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 1235 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1236 1 0000000000000000 100 0 0 10 0
`;

describe('inodesOf()', () => {
  it('returns the sockets that listen on the port, and no connections', () => {
    expect(inodesOf(TABLE, 8080)).to.deep.equal(['1234']);
    expect(inodesOf(TABLE, 443)).to.deep.equal(['1236']);
    expect(inodesOf(TABLE, 80)).to.deep.equal([]);
  });
});

describe('cpuTimeIn()', () => {
  it('adds the time of user and system, also if the name of the program has spaces and brackets', () => {
    const stat = '3440 (kube (api) server) S 1 3440 3440 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 100 1 1';

    expect(cpuTimeIn(stat)).to.equal(3000);
  });
});
