/**
 * Checks the convergence property (docs/resource-versions.md) on real servers, over HTTP/1.1 and HTTP/2, with a fake cluster upstream.
 * Upstream, replicas and connections may fail in any way. A client that follows the protocol must hold, at every version that it
 * receives, exactly the rows of that version, and must reach the rows of the last version. A client that resumes from an earlier
 * version must do so, too.
 *
 * `SEED=… PATH_=… npm test` replays a failure, and `REPEAT=20` replays it 20 times, because the order in which sockets are served is
 * not part of the script. `npm run test:soak -- --seeds N` runs more seeds.
 */
import { env } from 'node:process';
import { PROPERTIES, converges } from './property.ts';
import { ConvergenceEnvironment } from './environment.ts';

describe('clients of real servers that follow the protocol', function () {
  this.timeout(300_000);
  let environment: ConvergenceEnvironment;

  before(async () => {
    environment = await ConvergenceEnvironment.open();
  });

  after(async () => {
    await environment.close();
  });

  for (const property of PROPERTIES) {
    it(property.name, async () => {
      await converges(environment, property, {
        runs: property.runs,
        seed: env['SEED'] === undefined ? undefined : Number(env['SEED']),
        path: env['PATH_'],
        repeat: Number(env['REPEAT'] ?? 1),
      });
    });
  }
});
