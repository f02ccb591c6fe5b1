/**
 * Checks the convergence property of views and of real servers for a given number of seeds: `npm run test:soak -- --seeds 5000`.
 *
 * `--seed S` sets the first seed. `--path P --repeat N` replays one failure N times.
 */
import { parseArgs } from 'node:util';
import { VIEW_PROPERTIES, viewConverges } from '../projections/convergence/property.ts';
import { VERSION_PROPERTIES, versionsHold } from '../projections/convergence/versions.ts';
import { converges, PROPERTIES } from '../system/convergence/property.ts';
import { ConvergenceEnvironment } from '../system/convergence/environment.ts';

/** The number of seeds between two progress lines. */
const PROGRESS = 100;
/** The timeout in milliseconds of each story, for machines with other work. */
const SOAK_LIMIT_PER_STORY = 1000;

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
  throw new RangeError('--seeds and --repeat must be whole numbers of 1 or more');
const seed = values.seed === undefined ? Date.now() % 0x7fff_ffff : Number(values.seed);

let hasFailed = false;
/** The first seed, and the number of stories. */
interface Seeds {
  readonly numRuns: number;
  readonly seed: number;
}

const ofViews: readonly { readonly name: string; readonly run: (parameters: Seeds) => void }[] = [
  ...VIEW_PROPERTIES.map((one) => ({
    name: `clients of ${one.name}`,
    run: (parameters: Seeds) => viewConverges(one, parameters),
  })),
  ...VERSION_PROPERTIES.map((one) => ({
    name: `versions with ${one.name}`,
    run: (parameters: Seeds) => versionsHold(one, parameters),
  })),
];
for (const { name, run } of ofViews) {
  // The test of the views replays their failures, with the seed and path of the message.
  if (values.path !== undefined) break;
  const start = performance.now();
  try {
    run({ numRuns: seeds, seed });
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`ok: ${name}: ${seeds} stories from seed ${seed} in ${seconds} s`);
  } catch (error) {
    hasFailed = true;
    console.error(error instanceof Error ? error.message : error);
  }
}

for (const property of PROPERTIES) {
  // A story that a timeout interrupts continues in its own environment.
  const environment = await ConvergenceEnvironment.open();
  const start = performance.now();
  let played = 0;
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const onPlayed = (): void => {
    played += 1;
    if (played % PROGRESS === 0) console.log(`${property.name}: ${played} stories, ${seconds()}`);
  };
  try {
    const timeLimitPerStory = SOAK_LIMIT_PER_STORY;
    await converges(environment, property, {
      runs: seeds,
      seed,
      path: values.path,
      repeat,
      timeLimitPerStory,
      onPlayed,
    });
    console.log(`ok: clients ${property.name}: ${played} stories from seed ${seed} in ${seconds()}`);
  } catch (error) {
    hasFailed = true;
    console.error(error instanceof Error ? error.message : error);
  }
  await environment.close();
}
process.exitCode = hasFailed ? 1 : 0;
