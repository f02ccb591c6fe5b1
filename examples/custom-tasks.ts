/** `customtasks`: a custom resource with a schema, status and scale. The objects are stored in memory and lost when the server ends. */
import { type Resource, resource, type Schema } from 'kubefacet/server';
import { memoryStore, type Store } from 'kubefacet/stores';

export interface CustomTask {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly title: string; readonly done: boolean; readonly workers: number };
  readonly status?: { readonly phase?: string; readonly workers?: number };
}

const schema: Schema = {
  type: 'object',
  description: 'A task.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      description: 'The desired state of the task.',
      required: ['title'],
      properties: {
        title: { type: 'string', description: 'A title of one line.', minLength: 1, maxLength: 80 },
        done: { type: 'boolean', description: 'Whether the task is done.', default: false },
        workers: {
          type: 'integer',
          description: 'The desired number of workers.',
          minimum: 0,
          maximum: 100,
          default: 1,
        },
      },
    },
    status: {
      type: 'object',
      description: 'The observed state of the task.',
      properties: {
        phase: { type: 'string', description: 'The phase: Started, Stuck or Finished.' },
        workers: { type: 'integer', description: 'The current number of workers.' },
      },
    },
  },
};

export function customTasks(store: Store = memoryStore()): Resource {
  return resource<CustomTask>(
    {
      kind: 'CustomTask',
      plural: 'customtasks',
      shortNames: ['ctask'],
      namespaced: true,
      unconditionalUpdate: true,
      schema,
      status: true,
      scale: { specReplicas: 'spec.workers', statusReplicas: 'status.workers' },
      selectableFields: ['spec.done', 'status.phase'],
      columns: [
        { name: 'Title', type: 'string', value: ({ spec }) => spec.title },
        { name: 'Done', type: 'boolean', value: ({ spec }) => spec.done },
        { name: 'Phase', type: 'string', value: ({ status }) => status?.phase ?? '<none>' },
        { name: 'Workers', type: 'integer', priority: 1, value: ({ spec }) => spec.workers },
      ],
    },
    store,
  );
}
