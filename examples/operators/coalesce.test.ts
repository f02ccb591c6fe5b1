import { coalesce } from 'kubefacet/projections';
import { fakeClock, fakeInformer, node, track } from 'kubefacet/testing';

it('emits the changes of busy nodes once in five seconds', () => {
  const clock = fakeClock();
  const nodes = fakeInformer(node('n1', { zone: 'a' }));
  const events = track(nodes.pipe(coalesce(5000, { clock })), (n) => n.metadata?.labels?.['report']);

  nodes.modify(node('n1', { labels: { report: '1' } }));
  nodes.modify(node('n1', { labels: { report: '2' } }));
  events.expect('ADDED n1');

  clock.advance(5000);
  events.expect('MODIFIED n1 2');

  // After an interval without changes, a change is emitted immediately.
  clock.advance(5000);
  nodes.modify(node('n1', { labels: { report: '3' } }));
  events.expect('MODIFIED n1 3');
});
