/** `clustertasks`: a custom resource that handlers store, here in a Map. The objects are lost when the process ends. */
import { type Handled, type HandlerContext, type Handlers, refuse, type Resource, resource } from 'kubefacet/server';

export interface ClusterTask {
  readonly spec: { readonly title: string; readonly done: boolean };
}

export function clusterTaskHandlers(): Handlers<ClusterTask> {
  const tasks = new Map<string, Handled<ClusterTask>>();
  function requireTask({ name }: HandlerContext): Handled<ClusterTask> {
    const task = tasks.get(name);
    if (task === undefined) throw refuse.notFound();
    return task;
  }
  function save(task: Handled<ClusterTask>): Handled<ClusterTask> {
    tasks.set(task.metadata.name, task);
    return task;
  }
  return {
    get: requireTask,
    list: () => tasks.values(),
    create(task, { name }) {
      if (tasks.has(name)) throw refuse.alreadyExists();
      return save(task);
    },
    replace(task, context) {
      requireTask(context);
      return save(task);
    },
    delete(context) {
      requireTask(context);
      tasks.delete(context.name);
    },
    // Only these handlers write to the Map, so the server sees every change without a watch.
    watch: 'polled',
  };
}

export function clusterTasks(): Resource {
  return resource<ClusterTask>(
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
              title: { type: 'string', description: 'A title of one line.' },
              done: { type: 'boolean', default: false, description: 'Whether the task is done.' },
            },
          },
        },
      },
    },
    clusterTaskHandlers(),
  );
}
