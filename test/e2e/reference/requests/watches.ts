/** Watches of a fixed state: conformance 2.1, 2.2, 2.6, 2.7 and 2.9. */
import { type ComparedRequest, watches } from './compared-request.ts';

const A = 'namespaces/cmp-a/flunders';
const LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

const WEBSOCKET = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  Origin: 'https://localhost',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version': '13',
};

export const WATCH_OPENED: readonly ComparedRequest[] = [
  ...watches('2.1', [
    ['RV unset', `${A}?watch=1`],
    ['RV unset, bookmarks', `${A}?watch=1&allowWatchBookmarks=true`],
    ['RV 0', `${A}?watch=1&resourceVersion=0`],
    ['RV 0, bookmarks', `${A}?watch=1&resourceVersion=0&allowWatchBookmarks=true`],
    ['RV unset, SIE', `${A}?watch=1&${LIST}`],
    ['RV unset, SIE, no bookmarks', `${A}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`],
    ['RV 0, SIE', `${A}?watch=1&resourceVersion=0&${LIST}`],
    ['RV N, SIE', `${A}?watch=1&resourceVersion={a.gone#2}&${LIST}`],
    ['RV ancient, SIE', `${A}?watch=1&resourceVersion={ancient}&${LIST}`],
    ['RV unset, no SIE', `${A}?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`],
    ['RV 0, no SIE', `${A}?watch=1&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`],
    ['RV N', `${A}?watch=1&resourceVersion={start}`],
    ['RV N, at a change', `${A}?watch=1&resourceVersion={a.gone#2}`],
    ['RV N, at a deletion', `${A}?watch=1&resourceVersion={a.gone#4}`],
    [
      'RV N, no SIE',
      `${A}?watch=1&resourceVersion={a.gone#2}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
    ],
    ['RV N, at a change of another resource', `${A}?watch=1&resourceVersion={rack.two#2}`],
    // The server asks the source first, which takes more than a second under load.
    ['future RV', `${A}?watch=1&resourceVersion={future}&timeoutSeconds=8`],
    ['too old', `${A}?watch=1&resourceVersion={ancient}`],
    [
      'too old, no SIE',
      `${A}?watch=1&resourceVersion={ancient}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
    ],
    ['all namespaces', 'flunders?watch=1&labelSelector=app&resourceVersion={start}'],
    ['all namespaces, initial events', 'flunders?watch=1&labelSelector=app'],
    ['an empty namespace', 'namespaces/cmp-nothing/flunders?watch=1&allowWatchBookmarks=true'],
    ['cluster scope', 'cmp-racks?watch=1'],
    ['cluster scope, history', 'cmp-racks?watch=1&resourceVersion={start}'],
    ['watch= is true', `${A}?watch=`],
    ['watch=banana is true', `${A}?watch=banana`],
    ['limit is ignored', `${A}?watch=1&limit=1`],
    ['timeout is ignored', `${A}?watch=1&timeout=banana`],
  ]),
  ...watches('2.2', [
    ['SIE without RVM', `${A}?watch=1&sendInitialEvents=true`],
    ['SIE false without RVM', `${A}?watch=1&sendInitialEvents=false`],
    ['SIE with Exact', `${A}?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1`],
    ['RVM without SIE', `${A}?watch=1&resourceVersionMatch=NotOlderThan`],
    ['RVM Exact without SIE', `${A}?watch=1&resourceVersionMatch=Exact&resourceVersion=1`],
    ['RVM unknown', `${A}?watch=1&resourceVersionMatch=X&sendInitialEvents=true`],
    ['RVM with continue', `${A}?watch=1&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&continue={page}`],
    ['bad continue alone', `${A}?watch=1&continue=x`],
    ['bad continue at a version', `${A}?watch=1&continue=x&resourceVersion={a.gone#4}`],
    ['empty continue', `${A}?watch=1&continue=&resourceVersion={a.gone#4}`],
    ['continue without a version', `${A}?watch=1&continue={page}`],
    ['bad continue with SIE', `${A}?watch=1&continue=x&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`],
    ['continue alone', `${A}?watch=1&continue={page}&resourceVersion={a.gone#4}`],
    ['future RV with SIE', `${A}?watch=1&resourceVersion={future}&${LIST}`],
    [
      'no initial events to end',
      'namespaces/cmp-nothing/flunders?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    ],
    ['with a selector', `${A}?watch=1&labelSelector=app%3Dweb&${LIST}`],
    ['with a name', `${A}?watch=1&fieldSelector=metadata.name%3Dbeta&${LIST}`],
    ['of cluster scope', `cmp-racks?watch=1&${LIST}`],
  ]),
  ...watches('2.4 replayed', [
    ['label that is added and removed', `${A}?watch=1&resourceVersion={start}&labelSelector=app%3Dweb`],
    ['label that is removed and added', `${A}?watch=1&resourceVersion={start}&labelSelector=app%3Ddb`],
    ['label that no object has', `${A}?watch=1&resourceVersion={start}&labelSelector=nobody`],
    ['name', `${A}?watch=1&resourceVersion={start}&fieldSelector=metadata.name%3Dgone`],
    ['other namespace', 'namespaces/cmp-b/flunders?watch=1&resourceVersion={start}'],
    [
      'field that matches and stops matching',
      'cmp-racks?watch=1&resourceVersion={start}&fieldSelector=spec.color%3Dred',
    ],
    ['field with another value', 'cmp-racks?watch=1&resourceVersion={start}&fieldSelector=spec.color%21%3Dred'],
  ]),
  ...watches('2.6', [
    ['RV abc', `${A}?watch=1&resourceVersion=abc`],
    ['bad label selector', `${A}?watch=1&labelSelector=a%3Db%3Dc`],
    ['bad field selector', `${A}?watch=1&fieldSelector=frob`],
    ['unknown field', `${A}?watch=1&fieldSelector=spec.frob%3D1`],
    ['bad timeoutSeconds', `${A}?watch=1&timeoutSeconds=abc`],
    ['bad limit', `${A}?watch=1&limit=abc`],
    ['nothing acceptable', `${A}?watch=1`, { headers: { Accept: 'application/vnd.example' } }],
    [
      'too old as a Table',
      `${A}?watch=1&resourceVersion={ancient}`,
      { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
    ],
  ]),
  ...watches('2.9', [
    ['one object', `${A}?watch=1&fieldSelector=metadata.name%3Dbeta`],
    ['one object, RV 0', `${A}?watch=1&fieldSelector=metadata.name%3Dbeta&resourceVersion=0`],
    ['one missing object', `${A}?watch=1&fieldSelector=metadata.name%3Dnobody`],
    ['watch path', `/apis/wardle.example.com/v1/watch/${A}`],
    ['watch path of all namespaces', '/apis/wardle.example.com/v1/watch/flunders?labelSelector=app'],
    ['watch path, RV N', `/apis/wardle.example.com/v1/watch/${A}?resourceVersion={start}`],
    ['watch path with bookmarks', `/apis/wardle.example.com/v1/watch/${A}?allowWatchBookmarks=true`],
    [
      'watch path with SIE',
      `/apis/wardle.example.com/v1/watch/${A}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
    ],
    ['watch path of one', `/apis/wardle.example.com/v1/watch/${A}/beta`],
    [
      'watch path of one and its field selector',
      `/apis/wardle.example.com/v1/watch/${A}/beta?fieldSelector=metadata.name%3Dbeta`,
    ],
    [
      'watch path of one and another field selector',
      `/apis/wardle.example.com/v1/watch/${A}/beta?fieldSelector=metadata.name%3Dalpha`,
    ],
    ['watch path of one without its namespace', '/apis/wardle.example.com/v1/watch/flunders/beta'],
    ['watch path of one at cluster scope', '/apis/wardle.example.com/v1/watch/cmp-racks/one'],
    ['watch path alone', '/apis/wardle.example.com/v1/watch'],
    ['watch path alone with a slash', '/apis/wardle.example.com/v1/watch/'],
  ]),
  ...watches('2.10', [
    ['WebSocket', `${A}?watch=1`, { headers: WEBSOCKET }],
    ['a persistent connection', `${A}?watch=1`, { headers: { Connection: 'keep-alive' } }],
  ]),
];

/** The changes take less than a second, and some seconds under load. The last bookmark comes two seconds before the end. */
const LIVE_SECONDS = 'timeoutSeconds=14';

/** Watches that are open during changes. */
export const LIVE_WATCHES: readonly ComparedRequest[] = watches('2.4 live', [
  ['everything', `flunders?watch=1&labelSelector=app&${LIVE_SECONDS}`],
  ['one namespace', `${A}?watch=1&${LIVE_SECONDS}`],
  ['other namespace', `namespaces/cmp-b/flunders?watch=1&${LIVE_SECONDS}`],
  ['label', `${A}?watch=1&labelSelector=app%3Dweb&${LIVE_SECONDS}`],
  ['other label', `${A}?watch=1&labelSelector=app%3Ddb&${LIVE_SECONDS}`],
  ['no label', `${A}?watch=1&labelSelector=%21app&${LIVE_SECONDS}`],
  ['name before its creation', `${A}?watch=1&fieldSelector=metadata.name%3Dlate&${LIVE_SECONDS}`],
  ['field', `cmp-racks?watch=1&fieldSelector=spec.color%3Dred&${LIVE_SECONDS}`],
  ['other field', `cmp-racks?watch=1&fieldSelector=spec.color%21%3Dred&${LIVE_SECONDS}`],
  ['integer field', `cmp-racks?watch=1&fieldSelector=spec.height%3D7&${LIVE_SECONDS}`],
  ['from a version', `${A}?watch=1&resourceVersion={b.zeta#2}&${LIVE_SECONDS}`],
  ['no initial events', `${A}?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&${LIVE_SECONDS}`],
  ['bookmarks', `${A}?watch=1&allowWatchBookmarks=true&${LIVE_SECONDS}`],
  [
    'bookmarks of a quiet namespace',
    `namespaces/cmp-big/flunders?watch=1&allowWatchBookmarks=true&labelSelector=nobody&${LIVE_SECONDS}`,
  ],
  [
    'bookmarks as Tables without objects',
    `cmp-racks?watch=1&allowWatchBookmarks=true&includeObject=None&labelSelector=nobody&${LIVE_SECONDS}`,
    { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
  ],
  ['bookmarks from a version', `${A}?watch=1&resourceVersion={b.zeta#2}&allowWatchBookmarks=true&${LIVE_SECONDS}`],
  ['WatchList', `${A}?watch=1&${LIST}&labelSelector=app%3Dweb&${LIVE_SECONDS}`],
  ['Table', `${A}?watch=1&${LIVE_SECONDS}`, { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }],
  [
    'Table of cluster scope',
    `cmp-racks?watch=1&${LIVE_SECONDS}`,
    { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
  ],
  [
    'PartialObjectMetadata',
    `${A}?watch=1&allowWatchBookmarks=true&${LIVE_SECONDS}`,
    { headers: { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } },
  ],
  ['watch path', `/apis/wardle.example.com/v1/watch/${A}?${LIVE_SECONDS}`],
]);
