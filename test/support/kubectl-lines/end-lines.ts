/** The lines that wait, and that delete. */
import { expect } from 'chai';
import { JSONPATH_WAIT_SINCE } from '../installed-clients.ts';
import { type Line, WATCHES } from './desk.ts';

export const endLines: readonly Line[] = [
  {
    line: 'wait for a value',
    since: JSONPATH_WAIT_SINCE,
    async run(desk) {
      const { kubectl, resource, name } = desk;
      await desk.create();
      const target = `${resource.plural}/${name}`;
      const wait = kubectl.start(
        ...desk.typed(['wait', '--for=jsonpath={.spec.done}=true', target, '--timeout=30s', '-v=6']),
      );
      await wait.prints(WATCHES);
      await desk.type('patch', resource.plural, name, '--type=merge', '-p', '{"spec":{"done":true}}');
      await wait.prints(/condition met/);
    },
  },
  {
    line: 'wait --for=delete',
    async run(desk) {
      const { kubectl, resource, name } = desk;
      await desk.create({ title: 'one' }, { finalizers: ['example.com/wait'] });
      const target = `${resource.plural}/${name}`;
      const wait = kubectl.start(...desk.typed(['wait', '--for=delete', target, '--timeout=30s', '-v=6']));
      await wait.prints(WATCHES);
      const deletion = kubectl.start(...desk.typed(['delete', target, '-v=6']));
      await deletion.prints(WATCHES);
      await desk.type('patch', resource.plural, name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await wait.prints(/condition met/);
      await deletion.prints(/deleted[^]*it has ended/);
      expect(await desk.refused('get', target)).to.contain('not found');
    },
  },
  {
    line: 'delete -l',
    async run(desk) {
      const { resource, name, kubectl } = desk;
      const labels = { group: name };
      await kubectl.run(
        'create',
        '-f',
        kubectl.manifest(
          desk.task({ title: 'one' }, { labels }),
          desk.task({ title: 'two' }, { name: `${name}-2`, labels }),
          desk.task({ title: 'three' }, { name: `${name}-3` }),
        ),
      );
      const said = await desk.type('delete', resource.plural, '-l', `group=${name}`);
      expect(said.match(/ deleted/g)).to.have.length(2);
      expect(await desk.type('get', resource.plural, '-l', `group=${name}`, '-o', 'name')).to.equal('');
      await desk.type('delete', resource.plural, `${name}-3`);
    },
  },
  {
    line: 'delete -f, also of what is gone',
    async run(desk) {
      await desk.create();
      expect(await desk.type('delete', '-f', desk.file())).to.contain(`${desk.saidApart} deleted`);
      expect(await desk.refused('delete', '-f', desk.file())).to.contain('(NotFound)');
      expect(await desk.type('delete', '--ignore-not-found', '-f', desk.file())).to.equal('');
    },
  },
];
