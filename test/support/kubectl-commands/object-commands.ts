/** kubectl commands that send whole objects. */
import { expect } from 'chai';
import type { KubectlCommand } from './kubectl-context.ts';

const SERVER_VALIDATES_SINCE = 25;

export const objectCommands: readonly KubectlCommand[] = [
  {
    title: 'create -f',
    async test(context) {
      expect(await context.create()).to.equal(`${context.printedName} created\n`);
      expect(await context.refused('create', '-f', context.file())).to.contain(
        `(AlreadyExists): error when creating "`,
      );
    },
  },
  {
    title: 'create -f of an invalid object',
    async test(context) {
      const { name, resource, kubectl } = context;
      expect(await context.refused('create', '--validate=false', '-f', context.file({ title: 5 }))).to.contain(
        `The ${resource.kind} "${name}" is invalid: spec.title: Invalid value: "integer"`,
      );
      expect(await context.refused('create', '-f', context.file({ title: 'one', titel: 'two' }))).to.match(
        kubectl.minor < SERVER_VALIDATES_SINCE
          ? /unknown field "titel" in com\.example\.v1\.\w+\.spec/
          : /strict decoding error: unknown field "spec\.titel"/,
      );
      expect(await context.refused('get', resource.plural, name)).to.contain('not found');
    },
  },
  {
    title: 'apply -f twice, then with a change',
    async test(context) {
      const file = context.file({ title: 'one', done: true }, { labels: { app: 'a' } });
      expect(await context.run('apply', '-f', file)).to.equal(`${context.printedName} created\n`);
      expect(await context.run('apply', '-f', file)).to.equal(`${context.printedName} unchanged\n`);
      expect(await context.run('apply', '-f', context.file({ title: 'two' }))).to.equal(
        `${context.printedName} configured\n`,
      );
      const { spec, metadata } = await context.read();
      expect([spec.title, spec.done, metadata.labels, metadata.generation]).to.deep.equal(['two', false, undefined, 2]);
    },
  },
  {
    title: 'apply --server-side, with a conflict',
    async test(context) {
      const apply = (title: string, ...flags: string[]): string[] => [
        'apply',
        '--server-side',
        '-f',
        context.file({ title }),
        ...flags,
      ];
      expect(await context.run(...apply('one'))).to.contain(`${context.printedName} serverside-applied`);
      expect(await context.run(...apply('one', '--field-manager=other'))).to.contain('serverside-applied');
      const refusal = await context.refused(...apply('two', '--field-manager=other'));
      expect(refusal).to.match(/Apply failed with 1 conflict: conflict with "kubectl"[^]*\.spec\.title/);
      expect((await context.read()).spec.title).to.equal('one');
      await context.run(...apply('two', '--field-manager=other', '--force-conflicts'));
      expect((await context.read()).spec.title).to.equal('two');
    },
  },
  {
    title: 'create and apply --dry-run=server',
    async test(context) {
      const { resource, name } = context;
      const say = (how: string): string => `${context.printedName} ${how} (server dry run)\n`;
      expect(await context.run('create', '--dry-run=server', '-f', context.file())).to.equal(say('created'));
      expect(await context.run('apply', '--dry-run=server', '-f', context.file())).to.equal(say('created'));
      expect(await context.refused('get', resource.plural, name)).to.contain('not found');
      await context.run('apply', '-f', context.file());
      expect(await context.run('apply', '--dry-run=server', '-f', context.file({ title: 'two' }))).to.equal(
        say('configured'),
      );
      expect((await context.read()).spec.title).to.equal('one');
    },
  },
  {
    title: 'diff',
    async test(context) {
      const { kubectl } = context;
      await context.run('apply', '-f', context.file());
      const same = await kubectl.execute(context.args(['diff', '-f', context.file()]));
      expect([same.code, same.stdout, same.stderr]).to.deep.equal([0, '', '']);
      const changed = await kubectl.execute(context.args(['diff', '-f', context.file({ title: 'two' })]));
      expect([changed.code, changed.stderr.replace(/^exit status 1\n/, '')]).to.deep.equal([1, '']);
      expect(changed.stdout)
        .to.match(/^- +title: one$/m)
        .and.to.match(/^\+ +title: two$/m);
    },
  },
  {
    title: 'edit',
    async test(context) {
      const { kubectl, resource, name } = context;
      await context.create();
      const edit = (script: string) =>
        kubectl.execute(context.args(['edit', resource.plural, name]), { KUBE_EDITOR: kubectl.editor(script) });
      expect(await edit('s/title: one/title: two/')).to.deep.equal({
        code: 0,
        stdout: `${context.printedName} edited\n`,
        stderr: '',
      });
      expect((await context.read()).spec.title).to.equal('two');
      expect((await edit('s/title: one/title: two/')).stderr).to.contain('no changes made');
    },
  },
];
