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

  it('are only a certificate for the names of the Service if an issuer exists', () => {
    const issuer = { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company' };
    const objects = certManagerObjects(deployedWith({ tls: 'cert-manager', issuer }));
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).to.deep.equal([
      'Certificate apps/mine-serving',
    ]);
    expect(objects[0]?.spec).to.deep.include({
      issuerRef: issuer,
      secretName: 'mine-tls',
      dnsNames: ['mine.apps.svc', 'mine.apps.svc.cluster.local'],
    });
  });

  it('give their Secrets the labels of the installation, by which uninstall finds them', () => {
    for (const { kind, metadata, spec } of certManagerObjects(deployedWith({ tls: 'cert-manager' }))) {
      if (kind === 'Certificate') expect(spec).to.have.deep.nested.property('secretTemplate.labels', metadata.labels);
    }
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
