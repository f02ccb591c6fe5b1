/** The lines that take whole objects. */
import { expect } from 'chai';
import type { Line } from './desk.ts';

const SERVER_VALIDATES_SINCE = 25;

export const objectLines: readonly Line[] = [
  {
    line: 'create -f',
    async run(desk) {
      expect(await desk.create()).to.equal(`${desk.said} created\n`);
      expect(await desk.refused('create', '-f', desk.file())).to.contain(`(AlreadyExists): error when creating "`);
    },
  },
  {
    line: 'create -f of what is not valid',
    async run(desk) {
      const { name, resource, kubectl } = desk;
      expect(await desk.refused('create', '--validate=false', '-f', desk.file({ title: 5 }))).to.contain(
        `The ${resource.kind} "${name}" is invalid: spec.title: Invalid value: "integer"`,
      );
      expect(await desk.refused('create', '-f', desk.file({ title: 'one', titel: 'two' }))).to.match(
        kubectl.minor < SERVER_VALIDATES_SINCE
          ? /unknown field "titel" in com\.example\.v1\.\w+\.spec/
          : /strict decoding error: unknown field "spec\.titel"/,
      );
      expect(await desk.refused('get', resource.plural, name)).to.contain('not found');
    },
  },
  {
    line: 'apply -f twice, and once more with a change',
    async run(desk) {
      const file = desk.file({ title: 'one', done: true }, { labels: { app: 'a' } });
      expect(await desk.type('apply', '-f', file)).to.equal(`${desk.said} created\n`);
      expect(await desk.type('apply', '-f', file)).to.equal(`${desk.said} unchanged\n`);
      expect(await desk.type('apply', '-f', desk.file({ title: 'two' }))).to.equal(`${desk.said} configured\n`);
      const { spec, metadata } = await desk.read();
      expect([spec.title, spec.done, metadata.labels, metadata.generation]).to.deep.equal(['two', false, undefined, 2]);
    },
  },
  {
    line: 'apply --server-side, with a conflict',
    async run(desk) {
      const apply = (title: string, ...flags: string[]): string[] => [
        'apply',
        '--server-side',
        '-f',
        desk.file({ title }),
        ...flags,
      ];
      expect(await desk.type(...apply('one'))).to.contain(`${desk.said} serverside-applied`);
      expect(await desk.type(...apply('one', '--field-manager=other'))).to.contain('serverside-applied');
      const refusal = await desk.refused(...apply('two', '--field-manager=other'));
      expect(refusal).to.match(/Apply failed with 1 conflict: conflict with "kubectl"[^]*\.spec\.title/);
      expect((await desk.read()).spec.title).to.equal('one');
      await desk.type(...apply('two', '--field-manager=other', '--force-conflicts'));
      expect((await desk.read()).spec.title).to.equal('two');
    },
  },
  {
    line: 'create and apply --dry-run=server',
    async run(desk) {
      const { resource, name } = desk;
      const say = (how: string): string => `${desk.said} ${how} (server dry run)\n`;
      expect(await desk.type('create', '--dry-run=server', '-f', desk.file())).to.equal(say('created'));
      expect(await desk.type('apply', '--dry-run=server', '-f', desk.file())).to.equal(say('created'));
      expect(await desk.refused('get', resource.plural, name)).to.contain('not found');
      await desk.type('apply', '-f', desk.file());
      expect(await desk.type('apply', '--dry-run=server', '-f', desk.file({ title: 'two' }))).to.equal(
        say('configured'),
      );
      expect((await desk.read()).spec.title).to.equal('one');
    },
  },
  {
    line: 'diff',
    async run(desk) {
      const { kubectl } = desk;
      await desk.type('apply', '-f', desk.file());
      const same = await kubectl.ends(desk.typed(['diff', '-f', desk.file()]));
      expect([same.code, same.stdout, same.stderr]).to.deep.equal([0, '', '']);
      const changed = await kubectl.ends(desk.typed(['diff', '-f', desk.file({ title: 'two' })]));
      expect([changed.code, changed.stderr.replace(/^exit status 1\n/, '')]).to.deep.equal([1, '']);
      expect(changed.stdout)
        .to.match(/^- +title: one$/m)
        .and.to.match(/^\+ +title: two$/m);
    },
  },
  {
    line: 'edit',
    async run(desk) {
      const { kubectl, resource, name } = desk;
      await desk.create();
      const edit = (script: string) =>
        kubectl.ends(desk.typed(['edit', resource.plural, name]), { KUBE_EDITOR: kubectl.editor(script) });
      expect(await edit('s/title: one/title: two/')).to.deep.equal({
        code: 0,
        stdout: `${desk.said} edited\n`,
        stderr: '',
      });
      expect((await desk.read()).spec.title).to.equal('two');
      expect((await edit('s/title: one/title: two/')).stderr).to.contain('no changes made');
    },
  },
];
