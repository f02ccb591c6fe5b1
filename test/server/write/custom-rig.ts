/** A server with a custom resource on a memory store. Requests need no socket. */
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';
import { resource } from '../../../src/server/define/resource.ts';
import type { CustomResourceDefinition } from '../../../src/server/define/custom-definition.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';

export const TASKS = '/apis/example.com/v1/namespaces/default/customtasks';

/** The fields of a response that the tests read. They are not checked. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export const TASK: CustomResourceDefinition<never> = {
  kind: 'CustomTask',
  plural: 'customtasks',
  namespaced: true,
  status: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', labelSelector: 'status.selector' },
};

export class CustomRig {
  readonly server: InProcessServer;

  constructor(definition: CustomResourceDefinition<never> = TASK) {
    this.server = testServer({ resources: [resource(definition, memoryStore())] });
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await this.server.request(path, { method, headers: { ...type, ...headers }, body: text });
    const answered = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answered === '' ? undefined : JSON.parse(answered),
    };
  }

  merge(path: string, patch: unknown): Promise<Answer> {
    return this.send('PATCH', path, patch, { 'Content-Type': 'application/merge-patch+json' });
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

export const task = (name: string, spec: object = { title: name }): object => ({
  apiVersion: 'example.com/v1',
  kind: 'CustomTask',
  metadata: { name },
  spec,
});
