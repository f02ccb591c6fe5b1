/** The lines that change parts of an object. */
import { expect } from 'chai';
import type { Line } from './desk.ts';

const STATUS_FLAG_SINCE = 24;

export const changeLines: readonly Line[] = [
  {
    line: 'patch --type=merge and --type=json',
    async run(desk) {
      const { resource, name } = desk;
      await desk.create();
      const patch = (type: string, body: unknown): string[] => [
        'patch',
        resource.plural,
        name,
        `--type=${type}`,
        '-p',
        JSON.stringify(body),
      ];
      expect(await desk.type(...patch('merge', { spec: { done: true } }))).to.equal(`${desk.said} patched\n`);
      expect(await desk.type(...patch('merge', { spec: { done: true } }))).to.equal(
        `${desk.said} patched (no change)\n`,
      );
      await desk.type(...patch('json', [{ op: 'replace', path: '/spec/title', value: 'two' }]));
      expect((await desk.read()).spec).to.include({ title: 'two', done: true });
      const absent = [{ op: 'test', path: '/spec/title', value: 'one' }];
      expect(await desk.refused(...patch('json', absent))).to.match(/the server rejected our request|test failed/);
      expect(await desk.refused(...patch('strategic', { spec: { done: false } }))).to.contain(
        'strategic-merge-patch+json is not supported',
      );
    },
  },
  {
    line: 'label and annotate',
    async run(desk) {
      const { resource, name } = desk;
      await desk.create();
      expect(await desk.type('label', resource.plural, name, 'app=a')).to.equal(`${desk.said} labeled\n`);
      expect(await desk.refused('label', resource.plural, name, 'app=b')).to.contain('--overwrite is false');
      await desk.type('label', '--overwrite', resource.plural, name, 'app=b');
      expect(await desk.type('annotate', resource.plural, name, 'note=seen')).to.match(/annotated?\n$/);
      const { metadata } = await desk.read();
      expect([metadata.labels, metadata.annotations, metadata.generation]).to.deep.equal([
        { app: 'b' },
        { note: 'seen' },
        1,
      ]);
      await desk.type('label', resource.plural, name, 'app-');
      expect((await desk.read()).metadata.labels).to.equal(undefined);
    },
  },
  {
    line: 'replace, and replace --force',
    async run(desk) {
      await desk.create();
      expect(await desk.type('replace', '-f', desk.file({ title: 'two' }))).to.equal(`${desk.said} replaced\n`);
      const before = await desk.read();
      const said = await desk.type('replace', '--force', '-f', desk.file({ title: 'three' }));
      expect(said).to.contain(`${desk.saidApart} deleted`).and.to.contain(`${desk.said} replaced`);
      const after = await desk.read();
      expect([before.spec.title, after.spec.title, after.metadata.generation]).to.deep.equal(['two', 'three', 1]);
      expect(after.metadata.uid).to.not.equal(before.metadata.uid);
    },
  },
  {
    line: 'scale',
    needsSubresources: true,
    async run(desk) {
      const { resource, name } = desk;
      await desk.create();
      expect(await desk.type('scale', resource.plural, name, '--replicas=3')).to.equal(`${desk.said} scaled\n`);
      expect((await desk.read()).spec.workers).to.equal(3);
      expect(
        await desk.refused('scale', resource.plural, name, '--current-replicas=2', '--replicas=4', '--timeout=1ms'),
      ).to.contain('Expected replicas to be 2, was 3');
      expect(await desk.refused('scale', resource.plural, name, '--replicas=101')).to.contain(
        'spec.workers: Invalid value: 101',
      );
    },
  },
  {
    line: 'patch, get and edit --subresource=status',
    since: STATUS_FLAG_SINCE,
    needsSubresources: true,
    async run(desk) {
      const { resource, name } = desk;
      await desk.create();
      const patch = ['patch', resource.plural, name, '--type=merge', '-p', '{"status":{"phase":"Started"}}'];
      expect(await desk.type(...patch)).to.contain('(no change)');
      await desk.type(...patch, '--subresource=status');
      const { status, metadata } = await desk.read();
      expect([status, metadata.generation]).to.deep.equal([{ phase: 'Started' }, 1]);
      const { kubectl } = desk;
      const edit = desk.typed(['edit', resource.plural, name, '--subresource=status']);
      const edited = await kubectl.ends(edit, { KUBE_EDITOR: kubectl.editor('s/phase: Started/phase: Stuck/') });
      expect([edited.code, edited.stdout]).to.deep.equal([0, `${desk.said} edited\n`]);
      const get = ['get', resource.plural, name, '--subresource=status', '-o', 'jsonpath={.status.phase}'];
      expect(await desk.type(...get)).to.equal('Stuck');
    },
  },
];
