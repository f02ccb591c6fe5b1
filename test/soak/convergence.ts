/**
 * The convergence property of views and of real servers, for as many seeds as one likes: `npm run test:soak -- --seeds 5000`.
 *
 * `--seed S` begins with a seed of one's own; with `--path P --repeat N` it plays one failure again, N times.
 */
import { parseArgs } from 'node:util';
import { VIEW_PROPERTIES, viewConverges } from '../projections/convergence/property.ts';
import { converges, PROPERTIES } from '../system/convergence/property.ts';
import { Stage } from '../system/convergence/stage.ts';

/** Seeds between two lines of progress. */
const PROGRESS = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    repeat: { type: 'string', default: '1' },
  },
});

const seeds = Number(values.seeds);
const repeat = Number(values.repeat);
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(repeat) || repeat < 1)
  throw new RangeError('--seeds and --repeat must be numbers from 1 on');
const seed = values.seed === undefined ? Date.now() % 0x7fff_ffff : Number(values.seed);

let hasFailed = false;
for (const property of VIEW_PROPERTIES) {
  // A failure of a view is played again by its own test, with the seed and path of the message.
  if (values.path !== undefined) break;
  const start = performance.now();
  try {
    viewConverges(property, { numRuns: seeds, seed });
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`ok: clients of ${property.name}: ${seeds} stories from seed ${seed} in ${seconds} s`);
  } catch (error) {
    hasFailed = true;
    console.error(error instanceof Error ? error.message : error);
  }
}

const stage = await Stage.open();
for (const property of PROPERTIES) {
  const start = performance.now();
  let played = 0;
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const onPlayed = (): void => {
    played += 1;
    if (played % PROGRESS === 0) console.log(`${property.name}: ${played} stories, ${seconds()}`);
  };
  try {
    await converges(stage, property, { runs: seeds, seed, path: values.path, repeat, onPlayed });
    console.log(`ok: clients ${property.name}: ${played} stories from seed ${seed} in ${seconds()}`);
  } catch (error) {
    hasFailed = true;
    console.error(error instanceof Error ? error.message : error);
  }
}
await stage.close();
process.exitCode = hasFailed ? 1 : 0;
