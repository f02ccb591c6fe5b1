/** A resource for the tests of Tables. */
import type { KubernetesObject } from '../../../src/server/wire/object.ts';
import { ageColumn, nameColumn, type TableColumn } from '../../../src/server/wire/table.ts';

/** An object with a cell of each type. */
export interface Cart extends KubernetesObject {
  readonly spec?: {
    readonly items?: number;
    readonly open?: boolean;
    readonly paidAt?: string;
    readonly note?: string;
  };
}

/** One minute after the creation of {@link cart}. */
export const now = Date.parse('2026-01-01T00:01:00Z');
export const cart: Cart = {
  apiVersion: 'shop.example.com/v1',
  kind: 'Cart',
  metadata: {
    name: 'a',
    namespace: 'ns',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { x: 'y' },
  },
  spec: { items: 3, open: true, note: 'say "hi"\n' },
};

export const columns: readonly TableColumn<Cart>[] = [
  nameColumn,
  { name: 'Items', type: 'integer', description: 'How many', value: (row) => row.spec?.items },
  { name: 'Open', type: 'boolean', priority: 1, value: (row) => row.spec?.open },
  { name: 'Paid', type: 'date', value: (row) => row.spec?.paidAt },
  { name: 'Note', type: 'string', value: (row) => row.spec?.note },
  ageColumn,
];
