import { expect } from 'chai';
import { certManagerObjects, injectionOf } from '../../../src/cli/manifests/cert-manager.ts';
import { deployedWith } from './deployed.ts';

describe('certManagerObjects()', () => {
  it('are none if the server makes its certificate, or a Secret exists', () => {
    for (const tls of ['self-made', 'secret'] as const) {
      expect(certManagerObjects(deployedWith({ tls }))).to.deep.equal([]);
      expect(injectionOf(deployedWith({ tls }))).to.deep.equal({});
    }
  });

  it('are a CA and a certificate for the Service, each with its Issuer', () => {
    const objects = certManagerObjects(deployedWith({ tls: 'cert-manager' }));
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).to.deep.equal([
      'Issuer apps/mine-self-signed',
      'Certificate apps/mine-ca',
      'Issuer apps/mine-ca',
      'Certificate apps/mine-serving',
    ]);
    const [, ca, issuer, serving] = objects;
    expect(ca?.spec).to.deep.include({ isCA: true, secretName: 'mine-ca' });
    expect(ca?.spec).to.have.nested.property('issuerRef.name', 'mine-self-signed');
    expect(issuer?.spec).to.deep.equal({ ca: { secretName: 'mine-ca' } });
    expect(serving?.spec).to.have.nested.property('issuerRef.name', 'mine-ca');
    expect(serving?.spec).to.deep.include({
      secretName: 'mine-tls',
      dnsNames: ['mine.apps.svc', 'mine.apps.svc.cluster.local', 'localhost'],
    });
  });

  it('keep the key of the CA at a renewal, so that certificates stay trusted', () => {
    const [, ca] = certManagerObjects(deployedWith({ tls: 'cert-manager' }));
    expect(ca?.spec).to.have.nested.property('privateKey.rotationPolicy', 'Never');
  });

  it('include an annotation by which cert-manager writes the CA into the APIServices', () => {
    expect(injectionOf(deployedWith({ tls: 'cert-manager' }))).to.deep.equal({
      annotations: { 'cert-manager.io/inject-ca-from': 'apps/mine-serving' },
    });
  });
});
