import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, FakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

/** Names say what labels there are. */
const objects: readonly V1Pod[] = [
  pod('ns1/a-web', { phase: 'Running', labels: { app: 'web', n: '5' } }),
  pod('ns1/b-db', { phase: 'Pending', labels: { app: 'db', n: '10' } }),
  pod('ns1/c-empty', { phase: 'Running', labels: { app: '', n: 'x' } }),
  pod('ns1/d-none', {}),
  pod('ns2/a-web', { phase: 'Failed', labels: { app: 'web', 'example.com/in': 'in' } }),
];
const ALL = 'ns1/a-web ns1/b-db ns1/c-empty ns1/d-none ns2/a-web';

/** Forms of label selectors, and the rows they select. */
const labels: readonly (readonly [title: string, ...cases: readonly (readonly [selector: string, rows: string])[]])[] =
  [
    ['4.1 the empty selector: everything', ['', ALL], ['  ', ALL]],
    ['4.1 k: key present', ['app', 'ns1/a-web ns1/b-db ns1/c-empty ns2/a-web'], ['example.com/in', 'ns2/a-web']],
    ['4.1 !k: key absent', ['!app', 'ns1/d-none'], ['! n', 'ns1/d-none ns2/a-web']],
    [
      '4.1 k=v, k==v: present and equal; nothing is the empty text',
      ['app=web', 'ns1/a-web ns2/a-web'],
      ['app==web', 'ns1/a-web ns2/a-web'],
      ['app=', 'ns1/c-empty'],
      ['app==', 'ns1/c-empty'],
    ],
    [
      '4.1 k!=v, k notin (a,b): absent, or another value',
      ['app!=web', 'ns1/b-db ns1/c-empty ns1/d-none'],
      ['app notin (web,db)', 'ns1/c-empty ns1/d-none'],
      ['app notin ()', 'ns1/a-web ns1/b-db ns1/d-none ns2/a-web'],
    ],
    [
      '4.1 k in (a,b): present with one of the values; nothing between commas is the empty one',
      ['app in (web,db)', 'ns1/a-web ns1/b-db ns2/a-web'],
      ['app in ()', 'ns1/c-empty'],
      ['app in (db,)', 'ns1/b-db ns1/c-empty'],
    ],
    [
      '4.1 k>n, k<n: by number; what is no number does not match',
      ['n>5', 'ns1/b-db'],
      ['n<10', 'ns1/a-web'],
      ['n>4,n<11', 'ns1/a-web ns1/b-db'],
    ],
    [
      '4.1 several requirements: all of them; a key may be there twice',
      ['app=web,n', 'ns1/a-web'],
      ['app,app!=web,app!=db', 'ns1/c-empty'],
      [' n , app = web ', 'ns1/a-web'],
    ],
    [
      '4.1 in and notin are words like any other where no operator stands',
      ['example.com/in in (in)', 'ns2/a-web'],
      ['in', ''],
      ['notin notin (in)', ALL],
    ],
  ];

/** What is answered 400, and how the message begins. */
const badLabels: readonly (readonly [title: string, selector: string, message: string])[] = [
  ['4.1 a=b=c', 'a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['4.1 a in b', 'a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['4.1 a in (b', 'a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['4.1 a comma at the end', 'a,', "found '', expected: identifier after ','"],
  ['4.1 ! alone', '!', "unable to parse requirement: found '', expected: identifier"],
  [
    '4.1 a key that begins with a dash',
    '-a=b',
    'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of',
  ],
  ['4.1 a value of 64 characters', `a=${'x'.repeat(64)}`, 'unable to parse requirement: values[0][a]: Invalid value:'],
  ['4.1 a comparison with no number', 'n>x', 'unable to parse requirement: values[0]: Invalid value: "x": for \'Gt\''],
];

/** Forms of field selectors. */
const fields: readonly (readonly [title: string, ...cases: readonly (readonly [selector: string, rows: string])[]])[] =
  [
    [
      '4.2 f=v, f==v, f!=v, and several',
      ['metadata.name=a-web', 'ns1/a-web ns2/a-web'],
      ['metadata.name==a-web', 'ns1/a-web ns2/a-web'],
      ['metadata.name!=a-web', 'ns1/b-db ns1/c-empty ns1/d-none'],
      ['metadata.name!=a-web,metadata.name!=b-db', 'ns1/c-empty ns1/d-none'],
      ['metadata.name=a-web,metadata.name=b-db', ''],
      ['metadata.namespace=ns2', 'ns2/a-web'],
      ['', ALL],
    ],
    ['4.2 escapes in values', [String.raw`metadata.name=a\,b`, ''], [String.raw`metadata.name!=a\=b\\`, ALL]],
    [
      '4.2 fields of the resource: as text; absent is the empty text',
      ['status.phase=Running', 'ns1/a-web ns1/c-empty'],
      ['status.phase!=Running', 'ns1/b-db ns1/d-none ns2/a-web'],
      ['metadata.labels.app=', 'ns1/c-empty ns1/d-none'],
      ['metadata.labels.app!=web', 'ns1/b-db ns1/c-empty ns1/d-none'],
    ],
  ];

const badFields: readonly (readonly [title: string, selector: string, message: string])[] = [
  ['4.2 no operator', 'metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  [
    '4.2 a set',
    'metadata.name in (a)',
    "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
  ],
  ['4.2 another escape', String.raw`metadata.name=a\b`, 'invalid field selector: invalid escape sequence: '],
  ['4.2 an equals sign in a value', 'metadata.name=a=b', 'invalid field selector: unescaped character in value: '],
  ['4.2 a field that is not supported', 'spec.foo=1', 'field label not supported: spec.foo'],
  [
    '4.2 a field that is not supported, beside one that finds nothing',
    'metadata.name=none,spec.foo=1',
    'field label not',
  ],
];

/** Namespace of the request, field selector, rows. */
const scoped: readonly (readonly [title: string, namespace: string, selector: string, rows: string])[] = [
  ['11.1 NamespaceScopedList: of all', '', '', ALL],
  ['11.1 NamespaceScopedList: of all, by namespace', '', 'metadata.namespace=ns2', 'ns2/a-web'],
  ['11.1 NamespaceScopedList: of all, by field', '', 'status.phase=Running', 'ns1/a-web ns1/c-empty'],
  ['11.1 NamespaceScopedList: of all, without a field', '', 'status.phase!=Running', 'ns1/b-db ns1/d-none ns2/a-web'],
  ['11.1 NamespaceScopedList: of one', 'ns1', '', 'ns1/a-web ns1/b-db ns1/c-empty ns1/d-none'],
  ['11.1 NamespaceScopedList: of one, by the same', 'ns2', 'metadata.namespace=ns2', 'ns2/a-web'],
  ['11.1 NamespaceScopedList: of one, by another: nothing, and no error', 'ns1', 'metadata.namespace=ns2', ''],
  ['11.1 NamespaceScopedList: of one, by field', 'ns1', 'status.phase=Running', 'ns1/a-web ns1/c-empty'],
  ['11.1 NamespaceScopedList: of one, without a field', 'ns1', 'status.phase!=Running', 'ns1/b-db ns1/d-none'],
  ['11.1 NamespaceScopedList: of all, by name', '', 'metadata.name=a-web', 'ns1/a-web ns2/a-web'],
  [
    '11.1 NamespaceScopedList: of all, by name and namespace',
    '',
    'metadata.name=a-web,metadata.namespace=ns1',
    'ns1/a-web',
  ],
  ['11.1 NamespaceScopedList: of all, by name and field', '', 'metadata.name=a-web,status.phase=Failed', 'ns2/a-web'],
  [
    '11.1 NamespaceScopedList: of all, by name without a field',
    '',
    'metadata.name=a-web,status.phase!=Failed',
    'ns1/a-web',
  ],
  ['11.1 NamespaceScopedList: of one, by name', 'ns1', 'metadata.name=a-web', 'ns1/a-web'],
  ['11.1 NamespaceScopedList: of one, by its key', 'ns1', 'metadata.name=a-web,metadata.namespace=ns1', 'ns1/a-web'],
  ['11.1 NamespaceScopedList: of one, by the key of another', 'ns1', 'metadata.name=a-web,metadata.namespace=ns2', ''],
  [
    '11.1 NamespaceScopedList: of one, by its key and field',
    'ns2',
    'metadata.name=a-web,metadata.namespace=ns2,status.phase=Failed',
    'ns2/a-web',
  ],
  [
    '11.1 NamespaceScopedList: of one, by its key without a field',
    'ns2',
    'metadata.name=a-web,metadata.namespace=ns2,status.phase!=Failed',
    '',
  ],
];

describe('Selectors of lists', () => {
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
  const ask = async (namespace: string, parameter: string, selector: string): Promise<string> => {
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
        for (const [selector, rows] of cases) expect(await ask('', parameter, selector), selector).to.equal(rows);
      });
    }
  }

  for (const [parameter, table] of [
    ['labelSelector', badLabels],
    ['fieldSelector', badFields],
  ] as const) {
    for (const [title, selector, message] of table) {
      it(title, async () => {
        const answer = await ask('', parameter, selector);
        expect(answer.startsWith(`400 ${message}`), answer).to.equal(true);
        // Before any row is looked at, and of watches too.
        expect(await ask('nowhere', parameter, selector)).to.equal(answer);
        expect(await ask('', `watch=1&${parameter}`, selector)).to.equal(answer);
      });
    }
  }

  for (const [title, namespace, selector, rows] of scoped) {
    it(title, async () => expect(await ask(namespace, 'fieldSelector', selector)).to.equal(rows));
  }

  it('4.2 at cluster scope there is metadata.name only', async () => {
    const list = (selector: string): Promise<any> => test.json(`${BASE}/nodesummaries?fieldSelector=${selector}`);
    expect((await list('metadata.name%3Dn2')).items).to.have.length(1);
    expect((await list('metadata.name!%3Dn2')).items).to.have.length(1);
    expect((await list('metadata.namespace%3D')).message).to.equal('field label not supported: metadata.namespace');
  });

  it('11.4 List: a parameter "namespace" is not looked at, nor is any other that is unknown', async () => {
    for (const query of ['namespace=', 'namespace=ns2', 'frob=1', 'shardSelector=x']) {
      expect((await test.json(`${pathOf('')}?${query}`))['items'], query).to.have.length(5);
    }
    expect((await test.json(`${pathOf('ns2')}?namespace=ns1`))['items']).to.have.length(1);
  });

  it('11.4 List: of a repeated parameter the first counts', async () => {
    expect((await test.json(`${pathOf('')}?limit=2&limit=1`))['items']).to.have.length(2);
    expect((await test.json(`${pathOf('')}?labelSelector=!app&labelSelector=app`))['items']).to.have.length(1);
  });

  it('11.4 List: watch is a list where it is 0 or false, in any case of letters', async () => {
    for (const value of ['0', 'false', 'False', 'FALSE']) {
      expect((await test.json(`${pathOf('')}?watch=${value}`))['kind'], value).to.equal('PodSummaryList');
    }
  });
});
