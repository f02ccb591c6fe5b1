/** kubectl commands that wait for a change or delete objects. */
import { expect } from 'chai';
import { JSONPATH_WAIT_SINCE } from '../installed-clients.ts';
import { type KubectlCommand, WATCH_OPENED } from './kubectl-context.ts';

export const waitAndDeleteCommands: readonly KubectlCommand[] = [
  {
    title: 'wait --for=jsonpath',
    since: JSONPATH_WAIT_SINCE,
    async test(context) {
      const { kubectl, resource, name } = context;
      await context.create();
      const target = `${resource.plural}/${name}`;
      const wait = kubectl.start(
        ...context.args(['wait', '--for=jsonpath={.spec.done}=true', target, '--timeout=30s', '-v=6']),
      );
      await wait.prints(WATCH_OPENED);
      await context.run('patch', resource.plural, name, '--type=merge', '-p', '{"spec":{"done":true}}');
      await wait.prints(/condition met/);
    },
  },
  {
    title: 'wait --for=delete',
    async test(context) {
      const { kubectl, resource, name } = context;
      await context.create({ title: 'one' }, { finalizers: ['example.com/wait'] });
      const target = `${resource.plural}/${name}`;
      const wait = kubectl.start(...context.args(['wait', '--for=delete', target, '--timeout=30s', '-v=6']));
      await wait.prints(WATCH_OPENED);
      const deletion = kubectl.start(...context.args(['delete', target, '-v=6']));
      await deletion.prints(WATCH_OPENED);
      await context.run('patch', resource.plural, name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await wait.prints(/condition met/);
      await deletion.prints(/deleted[^]*it has ended/);
      expect(await context.refused('get', target)).to.contain('not found');
    },
  },
  {
    title: 'delete -l',
    async test(context) {
      const { resource, name, kubectl } = context;
      const labels = { group: name };
      await kubectl.run(
        'create',
        '-f',
        kubectl.manifest(
          context.task({ title: 'one' }, { labels }),
          context.task({ title: 'two' }, { name: `${name}-2`, labels }),
          context.task({ title: 'three' }, { name: `${name}-3` }),
        ),
      );
      const output = await context.run('delete', resource.plural, '-l', `group=${name}`);
      expect(output.match(/ deleted/g)).to.have.length(2);
      expect(await context.run('get', resource.plural, '-l', `group=${name}`, '-o', 'name')).to.equal('');
      await context.run('delete', resource.plural, `${name}-3`);
    },
  },
  {
    title: 'delete -f, also of an object that is already deleted',
    async test(context) {
      await context.create();
      expect(await context.run('delete', '-f', context.file())).to.contain(`${context.deletedName} deleted`);
      expect(await context.refused('delete', '-f', context.file())).to.contain('(NotFound)');
      expect(await context.run('delete', '--ignore-not-found', '-f', context.file())).to.equal('');
    },
  },
];
