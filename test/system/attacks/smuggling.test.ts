/**
 * Smuggling: bytes in which a proxy and the server could see different requests. The connection is that of the front proxy, which all users
 * share. Each attack hides a request of `admin` in a request of `alice`. The audit events show which requests the server has seen.
 */
import { expect } from 'chai';
import { attackedInSuite, type AttackedServer, BANK, type Client, SECRET, SHOP } from './attacked-server.ts';
import { exchange, requestBytes, responsesIn } from './raw-connection.ts';
import { BASE } from '../../support/test-server.ts';

const ALICE = 'X-Remote-User: alice';
const TASKS = `${BASE}/namespaces/shop/tasks`;
/** The hidden request. */
const HIDDEN = requestBytes(`GET ${BANK} HTTP/1.1`, ['X-Remote-User: admin', 'Connection: close']);
/** The last request of each connection. The server closes the connection after it. */
const LAST = requestBytes('GET /version HTTP/1.1', [ALICE, 'Connection: close']);
const LENGTH = `Content-Length: ${HIDDEN.length}`;
const POST = `POST ${TASKS} HTTP/1.1`;
const JSON_TYPE = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
const END = '0\r\n\r\n';
const hex = (text: string): string => text.length.toString(16);

describe('an attacker that smuggles a request', () => {
  let server: AttackedServer;
  let proxy: Client;

  attackedInSuite((...started) => ([server, proxy] = started));

  /** Sends the bytes, and returns the codes of all responses. */
  const codes = async (bytes: string): Promise<number[]> => {
    const text = await exchange({ ...server.test.client, client: proxy }, bytes);
    expect(text).to.not.contain(SECRET);
    const responses = responsesIn(text);
    const requests = await server.requests(responses.filter(({ status }) => status !== 400).length);
    expect(requests.filter((request) => !request.startsWith('alice '))).to.deep.equal([]);
    return responses.map(({ status }) => status);
  };

  it('would reach the objects of others with a request that is not hidden', async () => {
    const text = await exchange({ ...server.test.client, client: proxy }, HIDDEN);
    expect(text).to.contain(SECRET);
    expect(await server.requests(1)).to.deep.equal(['admin list bank/podsummaries 200']);
  });

  for (const [title, headers, body] of [
    ['a length and chunks', [LENGTH, CHUNKED], END + HIDDEN],
    ['chunks and a length', [CHUNKED, 'Content-Length: 4'], `${hex(HIDDEN)}\r\n${HIDDEN}\r\n${END}`],
    ['two lengths', ['Content-Length: 0', LENGTH], HIDDEN],
    ['two equal lengths', [LENGTH, LENGTH], HIDDEN],
    ['two lengths in one header', [`Content-Length: 0, ${HIDDEN.length}`], HIDDEN],
    ['a length with a sign', [`Content-Length: +${HIDDEN.length}`], HIDDEN],
    ['a negative length', ['Content-Length: -1'], HIDDEN],
    ['a hexadecimal length', [`Content-Length: 0x${hex(HIDDEN)}`], HIDDEN],
    ['a length with a space in it', ['Content-Length: 1 0'], HIDDEN],
    ['a length that overflows 64 bits', ['Content-Length: 18446744073709551617'], HIDDEN],
    ['an empty length', ['Content-Length:'], HIDDEN],
    ['a space before the colon of the length', [`Content-Length : ${HIDDEN.length}`], HIDDEN],
    ['a space before the colon of the encoding', ['Transfer-Encoding : chunked', 'Content-Length: 0'], END + HIDDEN],
    ['an unknown encoding', ['Transfer-Encoding: xchunked'], END + HIDDEN],
    ['an encoding after chunks', ['Transfer-Encoding: chunked, identity'], END + HIDDEN],
    ['an encoding in two headers', [CHUNKED, 'Transfer-Encoding: identity'], END + HIDDEN],
    ['the encoding identity and a length', ['Transfer-Encoding: identity', LENGTH], HIDDEN],
    ['a vertical tab before the encoding', ['Transfer-Encoding:\vchunked'], END + HIDDEN],
    ['an encoding in a folded line', ['Transfer-Encoding:\r\n chunked', 'Content-Length: 0'], END + HIDDEN],
    ['an identity in a folded line', [`X-A: b\r\n X-Remote-User: admin`, 'Content-Length: 0'], HIDDEN],
    ['a header that begins with a space', [` ${LENGTH}`], HIDDEN],
    ['a header without a colon', ['Content-Length'], HIDDEN],
    ['a NUL in a header', ['X-A: \0'], HIDDEN],
    ['a NUL in the name of a header', ['X\0A: b'], HIDDEN],
    ['a bare CR in a header', [`X-A: b\rX-Remote-User: admin`], HIDDEN],
    ['a bare LF in a header', [`X-A: b\nTransfer-Encoding: chunked`, 'Content-Length: 0'], END + HIDDEN],
    ['a bare LF at the end of the headers', ['X-A: b\n\nGET / HTTP/1.1'], HIDDEN],
    ['a length of a chunk that is negative', [CHUNKED], `-1\r\n${HIDDEN}`],
    ['a length of a chunk with a prefix', [CHUNKED], `0x0\r\n\r\n${HIDDEN}`],
    ['a length of a chunk that overflows', [CHUNKED], `10000000000000000\r\n\r\n${HIDDEN}`],
    ['a bare LF after the length of a chunk', [CHUNKED], `0\n\n${HIDDEN}`],
    ['a bare LF in the extension of a chunk', [CHUNKED], `0;a\n\r\n${HIDDEN}`],
    ['a bare CR in the extension of a chunk', [CHUNKED], `0;a\rb\r\n\r\n${HIDDEN}`],
    ['a chunk without an end', [CHUNKED], `1\r\nab\r\n${END}${HIDDEN}`],
    ['a chunk that ends with LF', [CHUNKED], `1\r\na\n${END}${HIDDEN}`],
    ['an extension of 20,000 characters', [CHUNKED], `1;${'a'.repeat(20_000)}\r\na\r\n${END}${HIDDEN}`],
  ] as const) {
    it(`by ${title} receives 400, and the connection ends`, async () => {
      const [first, ...others] = await codes(requestBytes(POST, [ALICE, JSON_TYPE, ...headers], body) + LAST);
      // 413 and 415 are responses to the visible request, which ends before the invalid bytes.
      expect(first).to.be.oneOf([400, 413, 415, 422]);
      expect(others.filter((code) => code !== 400)).to.deep.equal([]);
    });
  }

  for (const [title, line] of [
    ['a tab in the request line', `GET\t${SHOP} HTTP/1.1`],
    ['a space in the target', `GET ${SHOP} x HTTP/1.1`],
    ['a CR in the request line', `GET ${SHOP}\r HTTP/1.1`],
    ['no version', `GET ${SHOP}`],
    ['the version of HTTP/2', `GET ${SHOP} HTTP/2.0`],
    ['an unknown version', `GET ${SHOP} HTTP/3.0`],
    ['the preface of HTTP/2', `PRI * HTTP/2.0`],
    ['another protocol', `GET ${SHOP} ICE/1.1`],
  ] as const) {
    it(`by ${title} receives 400, and the connection ends`, async () => {
      expect(await codes(requestBytes(line, [ALICE], LAST))).to.deep.equal([400]);
    });
  }

  it('by a body that looks like a request only sends a body', async () => {
    const request = (headers: readonly string[], body: string): string => requestBytes(POST, [ALICE, ...headers], body);
    for (const bytes of [
      request([JSON_TYPE, LENGTH], HIDDEN),
      request([JSON_TYPE, CHUNKED], `${hex(HIDDEN)}\r\n${HIDDEN}\r\n${END}`),
      request([JSON_TYPE, CHUNKED], `${hex(HIDDEN)};a=b;c="d"\r\n${HIDDEN}\r\n${END}`),
      request([JSON_TYPE, LENGTH, 'Expect: 100-continue'], HIDDEN),
    ]) {
      server.audited.length = 0;
      expect(await codes(bytes + LAST)).to.deep.equal([400, 200]);
    }
    server.audited.length = 0;
    expect(await codes(requestBytes(`GET ${SHOP} HTTP/1.1`, [ALICE, LENGTH], HIDDEN) + LAST)).to.deep.equal([200, 200]);
  });

  it('by a refused body that was not read receives one response for each request', async () => {
    // 415 is sent before the body is read.
    const refused = requestBytes(POST, [ALICE, 'Content-Type: text/plain', LENGTH], HIDDEN);
    expect(await codes(refused + refused + LAST)).to.deep.equal([415, 415, 200]);
    server.audited.length = 0;
    const denied = requestBytes(`POST ${BASE}/namespaces/bank/tasks HTTP/1.1`, [ALICE, JSON_TYPE, LENGTH], HIDDEN);
    expect(await codes(denied + denied + LAST)).to.deep.equal([403, 403, 200]);
  });

  it('by trailers of a chunked body adds no identity', async () => {
    const trailers = '0\r\nX-Remote-User: admin\r\nX-Remote-Group: system:masters\r\n\r\n';
    const headers = [ALICE, CHUNKED, 'Trailer: X-Remote-User'];
    for (const [method, path] of [
      ['DELETE', `${BASE}/namespaces/bank/tasks/x`],
      ['GET', BANK],
    ]) {
      expect(await codes(requestBytes(`${method} ${path} HTTP/1.1`, headers, trailers) + LAST)).to.deep.equal([
        403, 200,
      ]);
    }
    const length = trailers.replace('X-Remote-Group: system:masters', LENGTH);
    expect(await codes(requestBytes(`GET ${BANK} HTTP/1.1`, headers, length) + HIDDEN)).to.deep.equal([400]);
  });

  it('by an upgrade to HTTP/2 or to an unknown protocol loses the rest of the connection', async () => {
    for (const upgrade of ['h2c', 'HTTP/2.0', 'unknown', 'websocket', 'TLS/1.0']) {
      server.audited.length = 0;
      const headers = [ALICE, `Upgrade: ${upgrade}`, 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk'];
      const bytes = requestBytes(`GET ${BANK} HTTP/1.1`, headers) + HIDDEN;
      expect(await codes(bytes), upgrade).to.deep.equal([403]);
    }
  });
});
