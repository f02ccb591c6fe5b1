/** `clustertasks`: a custom resource by handlers, here over a Map. It lives as long as the process. */
import { type Handled, type HandlerContext, type Handlers, refuse, type Resource, resource } from 'kubefacet/server';

export interface ClusterTask {
  readonly spec: { readonly title: string; readonly done: boolean };
}

export function clusterTaskHandlers(): Handlers<ClusterTask> {
  const tasks = new Map<string, Handled<ClusterTask>>();
  function existing({ name }: HandlerContext): Handled<ClusterTask> {
    const task = tasks.get(name);
    if (task === undefined) throw refuse.notFound();
    return task;
  }
  function stored(task: Handled<ClusterTask>): Handled<ClusterTask> {
    tasks.set(task.metadata.name, task);
    return task;
  }
  return {
    get: existing,
    list: () => tasks.values(),
    create(task, { name }) {
      if (tasks.has(name)) throw refuse.alreadyExists();
      return stored(task);
    },
    replace(task, context) {
      existing(context);
      return stored(task);
    },
    delete(context) {
      existing(context);
      tasks.delete(context.name);
    },
    // Nobody else writes the Map, so what is written through is all there is to tell.
    watch: 'polled',
  };
}

export const clusterTasks = (): Resource =>
  resource<ClusterTask>(
    {
      kind: 'ClusterTask',
      plural: 'clustertasks',
      shortNames: ['cltask'],
      namespaced: false,
      unconditionalUpdate: true,
      columns: [
        { name: 'Title', type: 'string', value: ({ spec }) => spec.title },
        { name: 'Done', type: 'boolean', value: ({ spec }) => spec.done },
      ],
      schema: {
        type: 'object',
        required: ['spec'],
        properties: {
          spec: {
            type: 'object',
            required: ['title'],
            properties: {
              title: { type: 'string', description: 'What is to be done.' },
              done: { type: 'boolean', default: false, description: 'Whether it has been.' },
            },
          },
        },
      },
    },
    clusterTaskHandlers(),
  );
