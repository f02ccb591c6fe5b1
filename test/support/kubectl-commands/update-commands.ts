/** kubectl commands that change parts of an object. */
import { expect } from 'chai';
import type { KubectlCommand } from './kubectl-context.ts';

const STATUS_FLAG_SINCE = 24;

export const updateCommands: readonly KubectlCommand[] = [
  {
    title: 'patch --type=merge and --type=json',
    async test(context) {
      const { resource, name } = context;
      await context.create();
      const patch = (type: string, body: unknown): string[] => [
        'patch',
        resource.plural,
        name,
        `--type=${type}`,
        '-p',
        JSON.stringify(body),
      ];
      expect(await context.run(...patch('merge', { spec: { done: true } }))).to.equal(
        `${context.printedName} patched\n`,
      );
      expect(await context.run(...patch('merge', { spec: { done: true } }))).to.equal(
        `${context.printedName} patched (no change)\n`,
      );
      await context.run(...patch('json', [{ op: 'replace', path: '/spec/title', value: 'two' }]));
      expect((await context.read()).spec).to.include({ title: 'two', done: true });
      const absent = [{ op: 'test', path: '/spec/title', value: 'one' }];
      expect(await context.refused(...patch('json', absent))).to.match(/the server rejected our request|test failed/);
      expect(await context.refused(...patch('strategic', { spec: { done: false } }))).to.contain(
        'strategic-merge-patch+json is not supported',
      );
    },
  },
  {
    title: 'label and annotate',
    async test(context) {
      const { resource, name } = context;
      await context.create();
      expect(await context.run('label', resource.plural, name, 'app=a')).to.equal(`${context.printedName} labeled\n`);
      expect(await context.refused('label', resource.plural, name, 'app=b')).to.contain('--overwrite is false');
      await context.run('label', '--overwrite', resource.plural, name, 'app=b');
      expect(await context.run('annotate', resource.plural, name, 'note=seen')).to.match(/annotated?\n$/);
      const { metadata } = await context.read();
      expect([metadata.labels, metadata.annotations, metadata.generation]).to.deep.equal([
        { app: 'b' },
        { note: 'seen' },
        1,
      ]);
      await context.run('label', resource.plural, name, 'app-');
      expect((await context.read()).metadata.labels).to.equal(undefined);
    },
  },
  {
    title: 'replace, and replace --force',
    async test(context) {
      await context.create();
      expect(await context.run('replace', '-f', context.file({ title: 'two' }))).to.equal(
        `${context.printedName} replaced\n`,
      );
      const before = await context.read();
      const output = await context.run('replace', '--force', '-f', context.file({ title: 'three' }));
      expect(output).to.contain(`${context.deletedName} deleted`).and.to.contain(`${context.printedName} replaced`);
      const after = await context.read();
      expect([before.spec.title, after.spec.title, after.metadata.generation]).to.deep.equal(['two', 'three', 1]);
      expect(after.metadata.uid).to.not.equal(before.metadata.uid);
    },
  },
  {
    title: 'scale',
    needsSubresources: true,
    async test(context) {
      const { resource, name } = context;
      await context.create();
      expect(await context.run('scale', resource.plural, name, '--replicas=3')).to.equal(
        `${context.printedName} scaled\n`,
      );
      expect((await context.read()).spec.workers).to.equal(3);
      expect(
        await context.refused('scale', resource.plural, name, '--current-replicas=2', '--replicas=4', '--timeout=1ms'),
      ).to.contain('Expected replicas to be 2, was 3');
      expect(await context.refused('scale', resource.plural, name, '--replicas=101')).to.contain(
        'spec.workers: Invalid value: 101',
      );
    },
  },
  {
    title: 'patch, get and edit --subresource=status',
    since: STATUS_FLAG_SINCE,
    needsSubresources: true,
    async test(context) {
      const { resource, name } = context;
      await context.create();
      const patch = ['patch', resource.plural, name, '--type=merge', '-p', '{"status":{"phase":"Started"}}'];
      expect(await context.run(...patch)).to.contain('(no change)');
      await context.run(...patch, '--subresource=status');
      const { status, metadata } = await context.read();
      expect([status, metadata.generation]).to.deep.equal([{ phase: 'Started' }, 1]);
      const { kubectl } = context;
      const edit = context.args(['edit', resource.plural, name, '--subresource=status']);
      const edited = await kubectl.execute(edit, { KUBE_EDITOR: kubectl.editor('s/phase: Started/phase: Stuck/') });
      expect([edited.code, edited.stdout]).to.deep.equal([0, `${context.printedName} edited\n`]);
      const get = ['get', resource.plural, name, '--subresource=status', '-o', 'jsonpath={.status.phase}'];
      expect(await context.run(...get)).to.equal('Stuck');
    },
  },
];
