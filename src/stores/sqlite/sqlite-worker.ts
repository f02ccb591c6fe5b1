/**
 * The thread of a store: it opens the file, and serves one request after the other. It is a separate thread, because each commit blocks
 * until its data was flushed to the disk.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { describeFailure, refusedFile } from './sqlite-failure.ts';
import { SqliteFile } from './sqlite-file.ts';
import type { SqliteCalls, SqliteRequest, SqliteResponse } from './sqlite-messages.ts';

let file: SqliteFile | undefined;
let path = '';

parentPort?.on('message', (request: SqliteRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread has no origin
  parentPort?.postMessage(respond(request));
});

function respond(request: SqliteRequest): SqliteResponse {
  try {
    return { result: serve(request) };
  } catch (error) {
    const { kind, message, isBroken } = describeFailure(path, error);
    return { failure: { kind, message, isBroken } };
  }
}

function serve(request: SqliteRequest): SqliteCalls[keyof SqliteCalls]['result'] {
  const { name, call } = request;
  if (name === 'open') {
    path = call.path;
    file = new SqliteFile(call);
    return { counter: file.counter };
  }
  if (file === undefined) throw refusedFile(`${path} is not open`);
  switch (name) {
    case 'commit':
      return file.commit(call.writes, call.now);
    case 'read':
      return file.read(call.resource, call.key);
    case 'page':
      return file.page(call.resource, call.after);
    case 'backup':
      file.backup(call.file);
      return undefined;
    case 'close':
      file.close();
      file = undefined;
      return undefined;
  }
}
