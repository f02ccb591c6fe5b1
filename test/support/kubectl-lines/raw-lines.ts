/** The lines that go straight to paths, and reading along. */
import { expect } from 'chai';
import { type Line, type Task, WATCHES } from './desk.ts';

export const rawLines: readonly Line[] = [
  {
    line: 'get --raw of a raw endpoint',
    async run({ kubectl }) {
      expect(await kubectl.run('get', '--raw', '/apis/example.com/v1/foo')).to.contain('this is foo');
      expect(await kubectl.run('get', '--raw', '/apis/example.com/v1/foo/bar')).to.contain('this is bar');
    },
  },
  {
    line: 'create --raw, replace --raw, get, delete',
    async run(desk) {
      const { kubectl, path, name, resource } = desk;
      const created = JSON.parse(await kubectl.run('create', '--raw', path, '-f', desk.file())) as Task;
      expect(created.spec).to.include({ title: 'one', done: false });
      const blind = await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', desk.file({ title: 'blind' }));
      expect((JSON.parse(blind) as Task).spec.title).to.equal('blind');
      const stale = kubectl.manifest({ ...created, spec: { title: 'stale' } });
      expect(await kubectl.refused('replace', '--raw', `${path}/${name}`, '-f', stale)).to.contain('has been modified');
      const next = kubectl.manifest({ ...(JSON.parse(blind) as Task), spec: { title: 'two' } });
      const replaced = await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', next);
      expect((JSON.parse(replaced) as Task).spec.title).to.equal('two');
      expect((JSON.parse(await kubectl.run('get', '--raw', `${path}/${name}`)) as Task).metadata.generation).to.equal(
        3,
      );
      expect(await desk.type('get', resource.plural)).to.match(
        new RegExp(`^NAME +TITLE +DONE.* AGE\\n[^]*^${name} +two +false`, 'm'),
      );
      expect(await desk.type('get', resource.plural, name)).to.match(new RegExp(`^${name} +two +false`, 'm'));
      expect(await desk.type('delete', resource.plural, name)).to.contain(`${desk.saidApart} deleted`);
      expect(await desk.refused('get', resource.plural, name)).to.contain(
        `Error from server (NotFound): ${resource.plural}.example.com "${name}" not found`,
      );
    },
  },
  {
    line: 'get -w of all, and of one',
    async run(desk) {
      const { kubectl, path, name, resource } = desk;
      const all = kubectl.start(...desk.typed(['get', resource.plural, '-w', '-v=6']));
      await all.prints(WATCHES);
      const created = JSON.parse(await kubectl.run('create', '--raw', path, '-f', desk.file())) as Task;
      await all.prints(new RegExp(`^${name} +one +false`, 'm'));
      const one = kubectl.start(...desk.typed(['get', resource.plural, name, '-w', '-v=6']));
      await one.prints(WATCHES);
      const next = kubectl.manifest({ ...created, spec: { title: 'two' } });
      await kubectl.run('replace', '--raw', `${path}/${name}`, '-f', next);
      for (const watch of [all, one]) await watch.prints(new RegExp(`^${name} +two +false`, 'm'));
      await desk.type('delete', resource.plural, name);
      for (const watch of [all, one]) await watch.prints(new RegExp(`^(${name} +two.*\n[^]*){2}`, 'm'));
    },
  },
];
