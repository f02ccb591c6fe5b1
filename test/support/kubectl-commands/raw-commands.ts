/** kubectl commands that use raw paths, and `get -w`. */
import { expect } from 'chai';
import { type KubectlCommand, type Task, WATCH_OPENED } from './kubectl-context.ts';

export const rawCommands: readonly KubectlCommand[] = [
  {
    title: 'get --raw of a raw endpoint',
    async test({ kubectl }) {
      expect(await kubectl.run('get', '--raw', '/apis/example.com/v1/foo')).to.contain('this is foo');
      expect(await kubectl.run('get', '--raw', '/apis/example.com/v1/foo/bar')).to.contain('this is bar');
    },
  },
  {
    title: 'create --raw, replace --raw, get and delete',
    async test(context) {
      const { kubectl, path, name, resource } = context;
      const created = JSON.parse(await kubectl.run('create', '--raw', path, '-f', context.file())) as Task;
      expect(created.spec).to.include({ title: 'one', done: false });
      const blind = await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', context.file({ title: 'blind' }));
      expect((JSON.parse(blind) as Task).spec.title).to.equal('blind');
      const stale = kubectl.manifest({ ...created, spec: { title: 'stale' } });
      expect(await kubectl.refused('replace', '--raw', `${path}/${name}`, '-f', stale)).to.contain('has been modified');
      const next = kubectl.manifest({ ...(JSON.parse(blind) as Task), spec: { title: 'two' } });
      const replaced = await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', next);
      expect((JSON.parse(replaced) as Task).spec.title).to.equal('two');
      expect((JSON.parse(await kubectl.run('get', '--raw', `${path}/${name}`)) as Task).metadata.generation).to.equal(
        3,
      );
      expect(await context.run('get', resource.plural)).to.match(
        new RegExp(`^NAME +TITLE +DONE.* AGE\\n[^]*^${name} +two +false`, 'm'),
      );
      expect(await context.run('get', resource.plural, name)).to.match(new RegExp(`^${name} +two +false`, 'm'));
      expect(await context.run('delete', resource.plural, name)).to.contain(`${context.deletedName} deleted`);
      expect(await context.refused('get', resource.plural, name)).to.contain(
        `Error from server (NotFound): ${resource.plural}.example.com "${name}" not found`,
      );
    },
  },
  {
    title: 'get -w of a collection and of one object',
    async test(context) {
      const { kubectl, path, name, resource } = context;
      const all = kubectl.start(...context.args(['get', resource.plural, '-w', '-v=6']));
      await all.prints(WATCH_OPENED);
      const created = JSON.parse(await kubectl.run('create', '--raw', path, '-f', context.file())) as Task;
      await all.prints(new RegExp(`^${name} +one +false`, 'm'));
      const one = kubectl.start(...context.args(['get', resource.plural, name, '-w', '-v=6']));
      await one.prints(WATCH_OPENED);
      const next = kubectl.manifest({ ...created, spec: { title: 'two' } });
      await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', next);
      for (const watch of [all, one]) await watch.prints(new RegExp(`^${name} +two +false`, 'm'));
      await context.run('delete', resource.plural, name);
      for (const watch of [all, one]) await watch.prints(new RegExp(`^(${name} +two.*\n[^]*){2}`, 'm'));
    },
  },
];
