import { expect } from 'chai';

import { proxiedPath, proxiedQuery } from '../../../../src/testing/cluster/aggregator/proxy-path.ts';

describe('proxiedPath', () => {
  for (const [path, expected] of [
    ['/apis/example.com/v1', '/apis/example.com/v1'],
    ['/a%20b', '/a%20b'],
    ['/a:b@c=d+e,f;g$h&i', '/a:b@c=d+e,f;g$h&i'],
    ['/a%3Ab', '/a:b'],
    ["/(a)!*'", '/%28a%29%21%2A%27'],
    ['/%C3%A4', '/%C3%A4'],
    ['/a%3Fb%23', '/a%3Fb%23'],
    ['/trailing/', '/trailing/'],
    ['/%zz', '/%zz'],
  ] as const)
    it(`asks for ${path} as ${expected}`, () => {
      expect(proxiedPath(path)).to.equal(expected);
    });
});

describe('proxiedQuery', () => {
  for (const [query, expected] of [
    ['', ''],
    ['watch=1&allowWatchBookmarks=true', '?allowWatchBookmarks=true&watch=1'],
    ['a=2&b=1&a=1', '?a=2&a=1&b=1'],
    ['labelSelector=a%3Db%20c', '?labelSelector=a%3Db+c'],
    ['watch', '?watch='],
  ] as const)
    it(`writes "${query}" as "${expected}"`, () => {
      expect(proxiedQuery(new URLSearchParams(query))).to.equal(expected);
    });
});
