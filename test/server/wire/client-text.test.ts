import { expect } from 'chai';
import { clientText } from '../../../src/server/wire/client-text.ts';

/** Texts of Node, of the informers, of stores and of kube-apiservers. */
const CASES: readonly (readonly [text: string, shown: string])[] = [
  [
    "pods: can't reach https://10.96.0.1:6443: connect ECONNREFUSED 10.96.0.1:6443",
    "pods: can't reach [address]: connect ECONNREFUSED [address]",
  ],
  [
    "can't reach https://api.internal.example.com: getaddrinfo ENOTFOUND api.internal.example.com",
    "can't reach [address]: getaddrinfo ENOTFOUND [address]",
  ],
  ['getaddrinfo EAI_AGAIN etcd-0', 'getaddrinfo EAI_AGAIN [address]'],
  ['connect ECONNREFUSED ::1:6443', 'connect ECONNREFUSED [address]'],
  ['connect EHOSTUNREACH fe80::1%eth0:443 - Local (:::0)', 'connect EHOSTUNREACH [address] - Local ([address])'],
  ['the proxy http://user:secret@proxy:3128 refused', 'the proxy [address] refused'],
  ['etcd at https://[fd00::7]:2379: deadline exceeded', 'etcd at [address]: deadline exceeded'],
  ['cannot reach etcd: etcd-0.etcd.svc:2379, localhost:2379', 'cannot reach etcd: [address], [address]'],
  ['dial tcp 10.0.0.1:443: refused', 'dial tcp [address]: refused'],
  ['from ::ffff:10.0.0.1:443: refused', 'from [address]: refused'],
  ['read ECONNRESET', 'read ECONNRESET'],
  [
    "Hostname/IP does not match certificate's altnames: Host: api. is not in the cert's altnames: DNS:kubernetes, IP Address:10.0.0.1",
    'Hostname/IP does not match the certificate',
  ],
  [
    "ENOENT: no such file or directory, open '/var/run/secrets/token'",
    "ENOENT: no such file or directory, open '[file]'",
  ],
  ['cannot read ~/.kube/config: EACCES', 'cannot read [file]: EACCES'],
  ['cannot read ./admin.crt and ../pki/ca.crt', 'cannot read [file] and [file]'],
  ['file:///etc/kubernetes/admin.conf is missing', '[address] is missing'],
  ['open C:\\Users\\me\\.kube\\config failed', 'open [file] failed'],
  [
    'user "dev": the exec plugin /opt/bin/login failed: password hunter2 is wrong',
    'user "dev": the exec plugin failed',
  ],
  ['x is undefined\n    at read (/srv/app/index.js:3:7)\n    at node:internal/main:1:1', 'x is undefined'],
  ['two\r\nlines', 'two lines'],
  // Texts of the API stay as they are.
  [
    'pods: not allowed: pods is forbidden: User "system:serviceaccount:kube-system:view" cannot list resource "pods" in API group "" at the cluster scope',
    'pods: not allowed: pods is forbidden: User "system:serviceaccount:kube-system:view" cannot list resource "pods" in API group "" at the cluster scope',
  ],
  [
    'deployments.apps: the API server responded with status 404',
    'deployments.apps: the API server responded with status 404',
  ],
  [
    '/apis/apps/v1/deployments: the response is larger than 5 bytes',
    '/apis/apps/v1/deployments: the response is larger than 5 bytes',
  ],
  ['object-count quota: 3/5 of cpu and/or memory, 1.5 GiB', 'object-count quota: 3/5 of cpu and/or memory, 1.5 GiB'],
  [
    'Pod "web" is invalid: spec.containers[0].image: Invalid value: "registry.example.com/web": must not change',
    'Pod "web" is invalid: spec.containers[0].image: Invalid value: "registry.example.com/web": must not change',
  ],
  [
    'the server cannot authenticate requests yet, see /readyz',
    'the server cannot authenticate requests yet, see /readyz',
  ],
  ['the write of shop/web may or may not have been applied', 'the write of shop/web may or may not have been applied'],
  ['the state of 2026-01-01T12:30:45Z is at revision 17', 'the state of 2026-01-01T12:30:45Z is at revision 17'],
];

describe('clientText()', () => {
  for (const [text, shown] of CASES) {
    it(`shows ${JSON.stringify(text)} as ${text === shown ? 'it is' : JSON.stringify(shown)}`, () => {
      expect(clientText(text)).to.equal(shown);
    });
  }

  it('looks at the first 4,096 characters only, because a text can be as long as a response', () => {
    expect(clientText('a'.repeat(100_000))).to.equal(`${'a'.repeat(4096)} ...`);
  });
});
