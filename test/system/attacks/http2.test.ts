/** Attacks with frames of HTTP/2: headers that HTTP/2 forbids, lengths that do not fit, and floods of frames. */
import { expect } from 'chai';
import { attackedInSuite, type AttackedServer, BANK, type Client, SECRET, SHOP, WHOAMI } from './attacked-server.ts';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  FrameConnection,
  headerBlock,
  type HeaderPair,
} from './http2-frames.ts';
import { requestFrames } from './http2-frames.ts';
import { BASE, until } from '../../support/test-server.ts';

const TASKS = `${BASE}/namespaces/shop/tasks`;
const ADMIN: HeaderPair = ['x-remote-user', 'admin'];
const ALICE: HeaderPair = ['x-remote-user', 'alice'];

/** Returns the pseudo headers of a request. */
function pseudo(path: string, method = 'GET'): HeaderPair[] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', path],
  ];
}

describe('an attacker that writes frames of HTTP/2', () => {
  let server: AttackedServer;
  let proxy: Client;
  const connections: FrameConnection[] = [];

  attackedInSuite((...started) => ([server, proxy] = started));

  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    await until(() => server.test.server.counts().connections === 0);
  });

  const open = (client?: Client): FrameConnection => {
    const connection = new FrameConnection({ ...server.test.client, client });
    connections.push(connection);
    return connection;
  };

  it('is understood by the server if the frames are valid', async () => {
    const connection = open(proxy);
    connection.write(requestFrames(1, [...pseudo(BANK), ADMIN]));
    const { end, body } = await connection.reaction();
    expect([end, body.includes(SECRET)]).to.deep.equal(['response', true]);
    expect(await server.requests(1)).to.deep.equal(['admin list bank/podsummaries 200']);
  });

  for (const [title, pairs] of [
    ['a name in upper case', [...pseudo(BANK), ['X-Remote-User', 'admin']]],
    ['a name with one letter in upper case', [...pseudo(BANK), ['x-remote-useR', 'admin']]],
    ['an unknown pseudo header', [...pseudo(BANK), [':x-remote-user', 'admin']]],
    ['a pseudo header after others', [ADMIN, ...pseudo(BANK)]],
    ['two paths', [...pseudo(BANK), [':path', SHOP], ADMIN]],
    ['two methods', [...pseudo(BANK), [':method', 'POST'], ADMIN]],
    ['two authorities', [...pseudo(BANK), [':authority', 'admin'], ADMIN]],
    ['the pseudo header of responses', [...pseudo(BANK), [':status', '200'], ADMIN]],
    ['an empty path', [...pseudo(''), ADMIN]],
    ['no path', [...pseudo(BANK).slice(0, 3), ADMIN]],
    ['no method', [...pseudo(BANK).slice(1), ADMIN]],
    ['the header connection', [...pseudo(BANK), ['connection', 'x-remote-user'], ADMIN]],
    ['the header transfer-encoding', [...pseudo(BANK), ['transfer-encoding', 'chunked'], ADMIN]],
    ['the header upgrade', [...pseudo(BANK), ['upgrade', 'websocket'], ADMIN]],
    ['the header keep-alive', [...pseudo(BANK), ['keep-alive', 'a'], ADMIN]],
    ['the header proxy-connection', [...pseudo(BANK), ['proxy-connection', 'a'], ADMIN]],
    ['another te than trailers', [...pseudo(BANK), ['te', 'chunked'], ADMIN]],
    ['a length of a request without a body', [...pseudo(TASKS, 'POST'), ADMIN, ['content-length', '5']]],
    ['two lengths', [...pseudo(BANK), ADMIN, ['content-length', '0'], ['content-length', '1']]],
    ['a length that is no number', [...pseudo(BANK), ADMIN, ['content-length', '0x0']]],
  ] as const satisfies readonly (readonly [string, readonly HeaderPair[]])[]) {
    it(`by ${title} reaches no handler`, async () => {
      const connection = open(proxy);
      connection.write(requestFrames(1, pairs));
      const { end, body } = await connection.reaction();
      expect(end).to.match(/^(reset|goaway) 1$/);
      expect(body).to.equal('');
      expect(server.audited).to.deep.equal([]);
    });
  }

  for (const [title, header] of [
    ['an empty name', ['', 'a']],
    ['a name with a space', ['x-remote-user ', 'admin']],
    ['a name with CRLF', ['x-a\r\nx-remote-user', 'admin']],
    ['a name with a colon', ['x-remote-user:', 'admin']],
    ['a value with CRLF', ['x-a', 'b\r\nx-remote-user: admin']],
    ['a value with a bare LF', ['x-a', 'b\nx-remote-group: system:masters']],
    ['a value with a NUL', ['x-remote-group', 'system:masters\0']],
    ['a value with an escape', ['x-remote-group', '\u001b[2J']],
  ] as const) {
    it(`by a header with ${title} adds nothing to the request`, async () => {
      const connection = open(proxy);
      connection.write(requestFrames(1, [...pseudo(WHOAMI), ['x-remote-user', 'admin'], header]));
      const { end, body } = await connection.reaction();
      expect(end).to.equal('response');
      expect(JSON.parse(body)).to.deep.equal({
        user: { name: 'admin', groups: ['system:authenticated'], extra: {} },
        names: [':authority', ':method', ':path', ':scheme'],
      });
    });
  }

  for (const [title, length, body] of [
    ['a body that is longer than its length', '4', '{"a":"b"}'],
    ['a body that is shorter than its length', '100', '{"a":"b"}'],
  ] as const) {
    it(`by ${title} changes nothing`, async () => {
      const connection = open(proxy);
      const headers: HeaderPair[] = [['content-type', 'application/json'], ['content-length', length], ALICE];
      connection.write(requestFrames(1, [...pseudo(TASKS, 'POST'), ...headers], body));
      const { end } = await connection.reaction();
      expect(end).to.match(/^(reset|goaway) [12]$/);
      connection.close();
      await until(() => server.test.server.counts().connections === 0);
      expect((await server.requests(0)).filter((request) => / 20\d$/.test(request))).to.deep.equal([]);
    });
  }

  it('by trailers adds no identity', async () => {
    for (const [client, expected] of [
      [proxy, 'alice'],
      [undefined, 'system:anonymous'],
    ] as const) {
      server.audited.length = 0;
      const connection = open(client);
      const flags = END_HEADERS + END_STREAM;
      const trailers = headerBlock([ADMIN, ['authorization', 'Bearer x'], ['impersonate-user', 'admin']]);
      const headers = headerBlock([...pseudo(BANK), ...(client === undefined ? [] : [ALICE])]);
      connection.write(
        frame(FRAME.headers, END_HEADERS, 1, headers),
        frame(FRAME.data, 0, 1, Buffer.from('x')),
        frame(FRAME.headers, flags, 1, trailers),
      );
      const { body } = await connection.reaction();
      expect(body).to.not.contain(SECRET);
      expect(await server.requests(1)).to.deep.equal([`${expected} list bank/podsummaries 403`]);
    }
  });

  it('by CONNECT, with or without a protocol, opens no tunnel', async () => {
    for (const pairs of [
      [[':method', 'CONNECT'], [':authority', 'localhost:443'], ADMIN],
      [...pseudo(BANK, 'CONNECT'), [':protocol', 'websocket'], ADMIN],
      [...pseudo(BANK, 'CONNECT'), ADMIN],
    ] as const satisfies readonly (readonly HeaderPair[])[]) {
      server.audited.length = 0;
      const connection = open(proxy);
      connection.write(frame(FRAME.headers, END_HEADERS, 1, headerBlock(pairs)));
      const { end, body } = await connection.reaction();
      expect(body).to.not.contain(SECRET);
      expect(end).to.match(/^(reset|goaway) \d+$|^response$/);
      expect((await server.requests(0)).filter((request) => / [12]\d\d$/.test(request))).to.deep.equal([]);
    }
  });

  it('by headers in many CONTINUATION frames reaches the limit of headers, and not the memory', async () => {
    const connection = open(proxy);
    connection.write(frame(FRAME.headers, 0, 1, headerBlock([...pseudo(BANK), ADMIN])));
    const part = frame(FRAME.continuation, 0, 1, headerBlock([['x-a', 'b'.repeat(16_000)]]));
    let sent = 0;
    for (; sent < 10_000 && !connection.isEnded; sent += 1) {
      connection.write(part);
      if (connection.socket.writableNeedDrain) await drained(connection);
    }
    expect(await connection.end()).to.match(/^goaway \d+$|^closed$/);
    expect(sent * part.length).to.be.below(16 * 1024 * 1024);
    expect(server.audited).to.deep.equal([]);
  });

  it('by empty CONTINUATION frames ends its connection', async () => {
    const connection = open(proxy);
    connection.write(frame(FRAME.headers, 0, 1, headerBlock([...pseudo(BANK), ADMIN])));
    const parts = Buffer.concat(Array.from({ length: 100 }, () => frame(FRAME.continuation, 0, 1)));
    for (let sent = 0; sent < 1000 && !connection.isEnded; sent += 1) {
      connection.write(parts);
      if (connection.socket.writableNeedDrain) await drained(connection);
    }
    expect(await connection.end()).to.match(/^goaway \d+$|^closed$/);
    expect(server.audited).to.deep.equal([]);
  });

  it('by one header that is repeated from the table of HPACK is limited by its decoded size', async () => {
    const connection = open(proxy);
    // The literal with indexing gets the index 62, and each further byte repeats its 3,000 characters.
    const indexed = headerBlock([['x-a', 'b'.repeat(3000)]]);
    indexed[0] = 0x40;
    const bomb = Buffer.concat([headerBlock([...pseudo(BANK), ADMIN]), indexed, Buffer.alloc(12_000, 0xbe)]);
    connection.write(frame(FRAME.headers, END_HEADERS + END_STREAM, 1, bomb));
    const { end, body } = await connection.reaction();
    expect(end).to.match(/^(reset|goaway) \d+$|^response$/);
    expect(body).to.not.contain(SECRET);
    expect((await server.requests(0)).filter((request) => request.endsWith(' 200'))).to.deep.equal([]);
  });

  for (const [title, type, flags, payload] of [
    ['PING', FRAME.ping, 0, Buffer.alloc(8)],
    ['SETTINGS', FRAME.settings, 0, Buffer.alloc(0)],
  ] as const) {
    it(`by ${title} frames, whose acknowledgements it does not read, ends its connection`, async () => {
      const connection = open(proxy);
      connection.write(requestFrames(1, [...pseudo(WHOAMI), ADMIN]));
      await connection.reaction();
      connection.socket.pause();
      const flood = Buffer.concat(Array.from({ length: 1000 }, () => frame(type, flags, 0, payload)));
      for (let sent = 0; sent < 5000 && server.test.server.counts().connections > 0; sent += 1) {
        connection.write(flood);
        if (connection.socket.writableNeedDrain)
          await drained(connection, () => server.test.server.counts().connections === 0);
      }
      await until(() => server.test.server.counts().connections === 0);
    });
  }
});

/** Resolves when the connection can be written to, or has ended. */
async function drained({ socket }: FrameConnection, isOver: () => boolean = () => false): Promise<void> {
  await until(() => !socket.writableNeedDrain || socket.destroyed || isOver());
}
