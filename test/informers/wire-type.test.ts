import { expect } from 'chai';
import type { Collection } from '../../src/informers/collection/collection.ts';
import type { InformerFactory } from '../../src/informers/informer-factory.ts';
import type { DeepReadonly } from '../../src/informers/collection/purity.ts';
import type { V1Event, V1NetworkPolicy, V1Pod } from '../../src/informers/wire-type.ts';
import { fakeInformer } from '../../src/testing/informers/index.ts';

// These declarations test the types: with the original types of client-node they do not compile.
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
  it('has strings for timestamps, and fields with their names on the wire', () => {
    expect(created(pod)).to.equal('2026-01-01T00:00:00Z');
    expect(event.eventTime).to.be.a('string');
    expect(policy.spec?.ingress?.[0]?.from).to.have.length(1);
    expect(podsOf).to.be.a('function');
  });
});

interface Widget {
  metadata: { name: string; labels?: Record<string, string> };
  spec: { sizes: number[]; pair: [string, number]; parent?: Widget };
  describe(): string;
}

describe('DeepReadonly', () => {
  const widget: DeepReadonly<Widget> = {
    metadata: { name: 'a' },
    spec: { sizes: [1], pair: ['a', 1] },
    describe: () => 'a widget',
  };
  // Compiled and never called.
  const changes = (informers: InformerFactory): unknown[] => [
    // @ts-expect-error: a field of an object
    (widget.metadata.labels = {}),
    // @ts-expect-error: an entry of a record
    (widget.metadata.labels['app'] = 'web'),
    // @ts-expect-error: an array
    widget.spec.sizes.push(2),
    // @ts-expect-error: a tuple
    (widget.spec.pair[0] = 'b'),
    // @ts-expect-error: a field of a type that contains itself
    (widget.spec.parent!.spec.parent!.metadata.name = 'c'),
    // @ts-expect-error: an object of an informer by name
    (informers.pods.get('shop/web')!.spec = { containers: [] }),
    // @ts-expect-error: an object of an informer of the user's own type
    informers.of<Widget>({ group: 'example.com', version: 'v1', resource: 'widgets' }).list()[0]!.spec.sizes.push(1),
  ];

  it('makes a type readonly at every depth and keeps its functions', () => {
    expect(widget.describe()).to.equal('a widget');
    expect(changes).to.be.a('function');
  });

  it('takes a fake of the plain type where a collection of readonly objects is read', () => {
    const read = (widgets: Collection<DeepReadonly<Widget>>): string[] =>
      widgets.list().map(({ spec }) => spec.pair[0]);
    expect(read(fakeInformer<Widget>())).to.deep.equal([]);
  });
});
