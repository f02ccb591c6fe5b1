/** `customtasks`: things to do, which people create and change with kubectl. They are kept in memory, and gone when the server ends. */
import { type Resource, resource, type Schema } from 'kubefacet/server';
import { memoryStore, type Store } from 'kubefacet/stores';

export interface CustomTask {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly title: string; readonly done: boolean; readonly workers: number };
  readonly status?: { readonly phase?: string; readonly workers?: number };
}

const schema: Schema = {
  type: 'object',
  description: 'Something to do.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      description: 'What is to be done.',
      required: ['title'],
      properties: {
        title: { type: 'string', description: 'What it is, in a line.', minLength: 1, maxLength: 80 },
        done: { type: 'boolean', description: 'Whether it has been done.', default: false },
        workers: { type: 'integer', description: 'How many work on it.', minimum: 0, maximum: 100, default: 1 },
      },
    },
    status: {
      type: 'object',
      description: 'How it goes.',
      properties: {
        phase: { type: 'string', description: 'Where it is: Started, Stuck, Finished.' },
        workers: { type: 'integer', description: 'How many work on it now.' },
      },
    },
  },
};

export const customTasks = (store: Store = memoryStore()): Resource =>
  resource<CustomTask>(
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
