/** Field selectors over paths of every depth. */
import { expect } from 'chai';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { testServer } from '../../../src/testing/projections/index.ts';
import { names } from '../../support/test-server.ts';

describe('selectable fields', () => {
  for (const [selector, expected] of [
    ['type=Warning', ['b']],
    ['type!=Warning', ['a', 'c']],
    ['type=', ['c']],
    ['count=2', ['b']],
    ['done=true', ['b']],
    ['type=Normal,count=1', ['a']],
    ['source.host.name=n1', ['a']],
    ['metadata.name=c', ['c']],
  ] as const) {
    it(`select rows by ${selector}`, async () => {
      const content: Readonly<Record<string, object>> = {
        a: { type: 'Normal', count: 1, done: false, source: { host: { name: 'n1' } } },
        b: { type: 'Warning', count: 2, done: true },
        c: {},
      };
      interface Row {
        readonly metadata: ReturnType<typeof identity>;
        readonly type?: string;
        readonly count?: number;
        readonly done?: boolean;
        readonly source?: { readonly host?: { readonly name?: string } };
      }
      const rows = fakeInformer(pod('shop/a'), pod('shop/b'), pod('shop/c')).pipe(
        map((p): Row => ({ metadata: identity(p), ...content[p.metadata?.name ?? ''] })),
      );
      const fields = ['type', 'count', 'done', 'source.host.name'] as const;
      const server = testServer({
        resources: [resource({ kind: 'Note', plural: 'notes', namespaced: true, selectableFields: fields }, rows)],
      });
      try {
        const query = `fieldSelector=${encodeURIComponent(selector)}`;
        const response = await server.request(`/apis/example.com/v1/namespaces/shop/notes?${query}`);
        expect(names((await response.json()) as Record<string, unknown>)).to.deep.equal(expected);
      } finally {
        await server.close();
      }
    });
  }
});
