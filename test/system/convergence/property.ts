/** The convergence property. The tests run it for some stories, the soak for many. */
import fc from 'fast-check';
import type { ConvergenceEnvironment } from './environment.ts';
import { describeStory, stories, type Story, type StepType } from './story.ts';

/** A property of one kind of stories. */
export interface Property {
  readonly name: string;
  readonly replicas: number;
  readonly without: readonly StepType[];
  /** The number of stories in the tests. */
  readonly runs: number;
}

export const PROPERTIES: readonly Property[] = [
  { name: 'lose nothing between two replicas', replicas: 2, without: ['drop'], runs: 220 },
  {
    // A new process would hide a lost event.
    name: 'lose nothing at one process when upstream silently drops events',
    replicas: 1,
    without: ['stop'],
    runs: 100,
  },
];

export interface Runs {
  readonly runs: number;
  readonly seed?: number | undefined;
  /** The path of a failure, from its message. */
  readonly path?: string | undefined;
  /** The number of times that each story runs. */
  readonly repeat?: number | undefined;
  /** The timeout of each story in milliseconds, on average. Default 1 s. */
  readonly timeLimitPerStory?: number | undefined;
  /** Called after each story. */
  readonly onPlayed?: (() => void) | undefined;
}

const LONGEST_STORY = 60;
/** The default timeout of each story in milliseconds. A story takes about 30 ms on an idle machine. */
const TIME_LIMIT_PER_STORY = 1000;
const TIME_FOR_SHRINKING = 15_000;

/** Checks the property for a number of stories. @throws Error with the seed, the path and the shortest story that fails */
export async function converges(
  environment: ConvergenceEnvironment,
  { name, replicas, without }: Property,
  options: Runs,
): Promise<void> {
  const { runs, seed, path, repeat = 1, timeLimitPerStory = TIME_LIMIT_PER_STORY, onPlayed } = options;
  const property = fc.asyncProperty(stories(replicas, without, LONGEST_STORY), async (story) => {
    for (let time = 0; time < repeat; time += 1) await environment.play(story);
    onPlayed?.();
  });
  const result = await fc.check(property, {
    numRuns: runs,
    interruptAfterTimeLimit: runs * repeat * timeLimitPerStory + TIME_FOR_SHRINKING,
    markInterruptAsFailure: true,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  if (result.failed) throw new Error(`${name}: ${describeFailure(result)}`);
}

function describeFailure(result: fc.RunDetails<[Story]>): string {
  const { seed, counterexample, counterexamplePath, errorInstance, numRuns, numShrinks } = result;
  if (counterexample === null) return `only ${numRuns} stories ran before the timeout; SEED=${seed}`;
  const [story] = counterexample;
  const cause = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  return [
    `failed after ${numRuns} stories, shrunk ${numShrinks} times; replay with: SEED=${seed} PATH_=${counterexamplePath}`,
    describeStory(story),
    cause,
  ].join('\n');
}
