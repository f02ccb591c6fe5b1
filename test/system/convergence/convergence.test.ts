/**
 * The convergence property (docs/resource-versions.md) against real servers, over HTTP/1.1 and HTTP/2, with a fake cluster upstream:
 * whatever happens to upstream, replicas and connections, a client that follows the protocol holds, at every version it is given, exactly
 * the rows of that version, and comes to hold those of the last one; and so does one that goes on from a version given out before.
 *
 * `SEED=… PATH_=… npm test` plays a failure again, `REPEAT=20` that many times (the order in which sockets are served is not in the
 * script). `npm run test:soak -- --seeds N` plays more.
 */
import { env } from 'node:process';
import { PROPERTIES, converges } from './property.ts';
import { Stage } from './stage.ts';

describe('Clients of real servers that follow the protocol', function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });

  after(async () => {
    await stage.close();
  });

  for (const property of PROPERTIES) {
    it(property.name, async () => {
      await converges(stage, property, {
        runs: property.runs,
        seed: env['SEED'] === undefined ? undefined : Number(env['SEED']),
        path: env['PATH_'],
        repeat: Number(env['REPEAT'] ?? 1),
      });
    });
  }
});
