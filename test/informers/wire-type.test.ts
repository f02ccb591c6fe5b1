import { expect } from 'chai';
import type { Collection } from '../../src/informers/collection/collection.ts';
import type { InformerFactory } from '../../src/informers/informer-factory.ts';
import type { V1Event, V1NetworkPolicy, V1Pod } from '../../src/informers/wire-type.ts';

// What is tested here is that it compiles: with the types of client-node as they are it does not.
const pod: V1Pod = {
  metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'app' }] },
};
const event: V1Event = { metadata: {}, involvedObject: {}, eventTime: '2026-01-01T00:00:00.000000Z' };
const policy: V1NetworkPolicy = {
  spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'a' } } }] }] },
};
const created = ({ metadata }: V1Pod): string | undefined => metadata?.creationTimestamp;
const podsOf = (informers: InformerFactory): Collection<V1Pod> => informers.pods;

describe('Wire', () => {
  it('has strings for timestamps, and fields by their names on the wire', () => {
    expect(created(pod)).to.equal('2026-01-01T00:00:00Z');
    expect(event.eventTime).to.be.a('string');
    expect(policy.spec?.ingress?.[0]?.from).to.have.length(1);
    expect(podsOf).to.be.a('function');
  });
});
