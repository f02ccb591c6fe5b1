/** Label and field selectors in lists: conformance 4. One file, because its tables share one collection of rows. */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, FakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

/** The names describe the labels. */
const objects: readonly V1Pod[] = [
  pod('ns1/a-web', { phase: 'Running', labels: { app: 'web', n: '5' } }),
  pod('ns1/b-db', { phase: 'Pending', labels: { app: 'db', n: '10' } }),
  pod('ns1/c-empty', { phase: 'Running', labels: { app: '', n: 'x' } }),
  pod('ns1/d-none', {}),
  pod('ns2/a-web', { phase: 'Failed', labels: { app: 'web', 'example.com/in': 'in' } }),
];
const ALL = 'ns1/a-web ns1/b-db ns1/c-empty ns1/d-none ns2/a-web';

/** Label selectors, and the rows that they select. */
const labels: readonly (readonly [title: string, ...cases: readonly (readonly [selector: string, rows: string])[]])[] =
  [
    ['4.1 an empty selector selects everything', ['', ALL], ['  ', ALL]],
    [
      '4.1 k selects objects with the key',
      ['app', 'ns1/a-web ns1/b-db ns1/c-empty ns2/a-web'],
      ['example.com/in', 'ns2/a-web'],
    ],
    ['4.1 !k selects objects without the key', ['!app', 'ns1/d-none'], ['! n', 'ns1/d-none ns2/a-web']],
    [
      '4.1 k=v and k==v select objects with the value, and an omitted value is the empty string',
      ['app=web', 'ns1/a-web ns2/a-web'],
      ['app==web', 'ns1/a-web ns2/a-web'],
      ['app=', 'ns1/c-empty'],
      ['app==', 'ns1/c-empty'],
    ],
    [
      '4.1 k!=v and k notin (a,b) select objects without the key or with another value',
      ['app!=web', 'ns1/b-db ns1/c-empty ns1/d-none'],
      ['app notin (web,db)', 'ns1/c-empty ns1/d-none'],
      ['app notin ()', 'ns1/a-web ns1/b-db ns1/d-none ns2/a-web'],
    ],
    [
      '4.1 k in (a,b) selects objects with one of the values, and an omitted value is the empty string',
      ['app in (web,db)', 'ns1/a-web ns1/b-db ns2/a-web'],
      ['app in ()', 'ns1/c-empty'],
      ['app in (db,)', 'ns1/b-db ns1/c-empty'],
    ],
    [
      '4.1 k>n and k<n compare numbers, and other values do not match',
      ['n>5', 'ns1/b-db'],
      ['n<10', 'ns1/a-web'],
      ['n>4,n<11', 'ns1/a-web ns1/b-db'],
    ],
    [
      '4.1 several requirements must all match, and a key may occur twice',
      ['app=web,n', 'ns1/a-web'],
      ['app,app!=web,app!=db', 'ns1/c-empty'],
      [' n , app = web ', 'ns1/a-web'],
    ],
    [
      '4.1 in and notin are ordinary words except in the position of an operator',
      ['example.com/in in (in)', 'ns2/a-web'],
      ['in', ''],
      ['notin notin (in)', ALL],
    ],
  ];

/** Invalid label selectors, and the beginnings of the messages. */
const badLabels: readonly (readonly [title: string, selector: string, message: string])[] = [
  ['4.1 rejects a=b=c', 'a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['4.1 rejects a in b', 'a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['4.1 rejects a in (b', 'a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['4.1 rejects a trailing comma', 'a,', "found '', expected: identifier after ','"],
  ['4.1 rejects a single !', '!', "unable to parse requirement: found '', expected: identifier"],
  [
    '4.1 rejects a key that begins with a dash',
    '-a=b',
    'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of',
  ],
  [
    '4.1 rejects a value of 64 characters',
    `a=${'x'.repeat(64)}`,
    'unable to parse requirement: values[0][a]: Invalid value:',
  ],
  [
    '4.1 rejects a comparison with a value that is not a number',
    'n>x',
    'unable to parse requirement: values[0]: Invalid value: "x": for \'Gt\'',
  ],
];

/** Field selectors, and the rows that they select. */
const fields: readonly (readonly [title: string, ...cases: readonly (readonly [selector: string, rows: string])[]])[] =
  [
    [
      '4.2 supports f=v, f==v, f!=v and several requirements',
      ['metadata.name=a-web', 'ns1/a-web ns2/a-web'],
      ['metadata.name==a-web', 'ns1/a-web ns2/a-web'],
      ['metadata.name!=a-web', 'ns1/b-db ns1/c-empty ns1/d-none'],
      ['metadata.name!=a-web,metadata.name!=b-db', 'ns1/c-empty ns1/d-none'],
      ['metadata.name=a-web,metadata.name=b-db', ''],
      ['metadata.namespace=ns2', 'ns2/a-web'],
      ['', ALL],
    ],
    ['4.2 supports escapes in values', [String.raw`metadata.name=a\,b`, ''], [String.raw`metadata.name!=a\=b\\`, ALL]],
    [
      '4.2 compares fields of the resource as text, and a missing field is the empty string',
      ['status.phase=Running', 'ns1/a-web ns1/c-empty'],
      ['status.phase!=Running', 'ns1/b-db ns1/d-none ns2/a-web'],
      ['metadata.labels.app=', 'ns1/c-empty ns1/d-none'],
      ['metadata.labels.app!=web', 'ns1/b-db ns1/c-empty ns1/d-none'],
    ],
  ];

const badFields: readonly (readonly [title: string, selector: string, message: string])[] = [
  [
    '4.2 rejects a selector without an operator',
    'metadata.name',
    "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  ],
  [
    '4.2 rejects a set',
    'metadata.name in (a)',
    "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
  ],
  ['4.2 rejects an unknown escape', String.raw`metadata.name=a\b`, 'invalid field selector: invalid escape sequence: '],
  [
    '4.2 rejects an equals sign in a value',
    'metadata.name=a=b',
    'invalid field selector: unescaped character in value: ',
  ],
  ['4.2 rejects an unsupported field', 'spec.foo=1', 'field label not supported: spec.foo'],
  [
    '4.2 rejects an unsupported field after a requirement that matches nothing',
    'metadata.name=none,spec.foo=1',
    'field label not',
  ],
];

/** The namespace of the request, the field selector and the rows. */
const scoped: readonly (readonly [title: string, namespace: string, selector: string, rows: string])[] = [
  ['11.1 NamespaceScopedList: lists all namespaces', '', '', ALL],
  ['11.1 NamespaceScopedList: lists all namespaces by namespace', '', 'metadata.namespace=ns2', 'ns2/a-web'],
  ['11.1 NamespaceScopedList: lists all namespaces by field', '', 'status.phase=Running', 'ns1/a-web ns1/c-empty'],
  [
    '11.1 NamespaceScopedList: lists all namespaces by a negated field',
    '',
    'status.phase!=Running',
    'ns1/b-db ns1/d-none ns2/a-web',
  ],
  ['11.1 NamespaceScopedList: lists one namespace', 'ns1', '', 'ns1/a-web ns1/b-db ns1/c-empty ns1/d-none'],
  ['11.1 NamespaceScopedList: lists one namespace by the same namespace', 'ns2', 'metadata.namespace=ns2', 'ns2/a-web'],
  [
    '11.1 NamespaceScopedList: lists nothing in one namespace by another namespace, without an error',
    'ns1',
    'metadata.namespace=ns2',
    '',
  ],
  ['11.1 NamespaceScopedList: lists one namespace by field', 'ns1', 'status.phase=Running', 'ns1/a-web ns1/c-empty'],
  [
    '11.1 NamespaceScopedList: lists one namespace by a negated field',
    'ns1',
    'status.phase!=Running',
    'ns1/b-db ns1/d-none',
  ],
  ['11.1 NamespaceScopedList: lists all namespaces by name', '', 'metadata.name=a-web', 'ns1/a-web ns2/a-web'],
  [
    '11.1 NamespaceScopedList: lists all namespaces by name and namespace',
    '',
    'metadata.name=a-web,metadata.namespace=ns1',
    'ns1/a-web',
  ],
  [
    '11.1 NamespaceScopedList: lists all namespaces by name and field',
    '',
    'metadata.name=a-web,status.phase=Failed',
    'ns2/a-web',
  ],
  [
    '11.1 NamespaceScopedList: lists all namespaces by name and a negated field',
    '',
    'metadata.name=a-web,status.phase!=Failed',
    'ns1/a-web',
  ],
  ['11.1 NamespaceScopedList: lists one namespace by name', 'ns1', 'metadata.name=a-web', 'ns1/a-web'],
  [
    '11.1 NamespaceScopedList: lists one namespace by name and namespace',
    'ns1',
    'metadata.name=a-web,metadata.namespace=ns1',
    'ns1/a-web',
  ],
  [
    '11.1 NamespaceScopedList: lists nothing in one namespace by name and another namespace',
    'ns1',
    'metadata.name=a-web,metadata.namespace=ns2',
    '',
  ],
  [
    '11.1 NamespaceScopedList: lists one namespace by name, namespace and field',
    'ns2',
    'metadata.name=a-web,metadata.namespace=ns2,status.phase=Failed',
    'ns2/a-web',
  ],
  [
    '11.1 NamespaceScopedList: lists one namespace by name, namespace and a negated field',
    'ns2',
    'metadata.name=a-web,metadata.namespace=ns2,status.phase!=Failed',
    '',
  ],
];

describe('selectors of lists', () => {
  let test: TestServer;

  before(async () => {
    const pods = new FakeInformer<V1Pod>({ objects });
    const nodes = resource(
      { kind: 'NodeSummary', plural: 'nodesummaries', namespaced: false },
      fakeInformer(node('n1'), node('n2')).pipe(map((one) => ({ metadata: identity(one) }))),
    );
    test = await TestServer.listening({
      resources: [podSummaries(pods, { selectableFields: ['status.phase', 'metadata.labels.app'] }), nodes],
    });
  });
  after(() => test.close());

  const pathOf = (namespace: string): string =>
    namespace === '' ? `${BASE}/podsummaries` : `${BASE}/namespaces/${namespace}/podsummaries`;
  const get = async (namespace: string, parameter: string, selector: string): Promise<string> => {
    const path = `${pathOf(namespace)}?${parameter}=${encodeURIComponent(selector)}`;
    const { status, text } = await test.http2.request(path);
    const { items, message } = JSON.parse(text);
    if (status !== 200) return `${status} ${message}`;
    return items.map(({ metadata }: any) => `${metadata.namespace}/${metadata.name}`).join(' ');
  };

  for (const [parameter, table] of [
    ['labelSelector', labels],
    ['fieldSelector', fields],
  ] as const) {
    for (const [title, ...cases] of table) {
      it(title, async () => {
        for (const [selector, rows] of cases) expect(await get('', parameter, selector), selector).to.equal(rows);
      });
    }
  }

  for (const [parameter, table] of [
    ['labelSelector', badLabels],
    ['fieldSelector', badFields],
  ] as const) {
    for (const [title, selector, message] of table) {
      it(title, async () => {
        const response = await get('', parameter, selector);
        expect(response.startsWith(`400 ${message}`), response).to.equal(true);
        // Selectors are checked before any row is read, and in watches, too.
        expect(await get('nowhere', parameter, selector)).to.equal(response);
        expect(await get('', `watch=1&${parameter}`, selector)).to.equal(response);
      });
    }
  }

  for (const [title, namespace, selector, rows] of scoped) {
    it(title, async () => expect(await get(namespace, 'fieldSelector', selector)).to.equal(rows));
  }

  it('4.2 supports only metadata.name at cluster scope', async () => {
    const list = (selector: string): Promise<any> => test.json(`${BASE}/nodesummaries?fieldSelector=${selector}`);
    expect((await list('metadata.name%3Dn2')).items).to.have.length(1);
    expect((await list('metadata.name!%3Dn2')).items).to.have.length(1);
    expect((await list('metadata.namespace%3D')).message).to.equal('field label not supported: metadata.namespace');
  });

  it('11.4 List: ignores a parameter "namespace" and other unknown parameters', async () => {
    for (const query of ['namespace=', 'namespace=ns2', 'frob=1', 'shardSelector=']) {
      expect((await test.json(`${pathOf('')}?${query}`))['items'], query).to.have.length(5);
    }
    expect((await test.json(`${pathOf('ns2')}?namespace=ns1`))['items']).to.have.length(1);
  });

  it('11.4 List: uses the first of repeated parameters', async () => {
    expect((await test.json(`${pathOf('')}?limit=2&limit=1`))['items']).to.have.length(2);
    expect((await test.json(`${pathOf('')}?labelSelector=!app&labelSelector=app`))['items']).to.have.length(1);
  });

  it('11.4 List: is a list if watch is 0 or false, in upper or lower case', async () => {
    for (const value of ['0', 'false', 'False', 'FALSE']) {
      expect((await test.json(`${pathOf('')}?watch=${value}`))['kind'], value).to.equal('PodSummaryList');
    }
  });
});
