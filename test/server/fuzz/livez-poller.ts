/** A worker that polls `/livez` every 10 ms on its own connection, without an identity, and reports the slowest response. */
import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const INTERVAL_MS = 10;

const { port, ca } = workerData as { readonly port: number; readonly ca: string };
const session = connect(`https://localhost:${port}`, { ca, servername: 'localhost' });
let slowest = 0;
let responses = 0;

/** Resolves with the milliseconds until the whole response has arrived. */
function poll(): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': '/livez' });
    stream.on('response', ({ ':status': status }) => {
      if (status !== 200) reject(new Error(`/livez responded with ${status}`));
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(performance.now() - begun));
    stream.resume();
  });
}

// A message of the test asks for the slowest response since its last message. The poll in progress counts, too.
let asked = false;
parentPort?.on('message', () => (asked = true));
for (;;) {
  slowest = Math.max(slowest, await poll());
  responses += 1;
  if (asked) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    parentPort?.postMessage({ slowest, responses });
    asked = false;
    slowest = 0;
    responses = 0;
  }
  await setTimeout(INTERVAL_MS);
}
