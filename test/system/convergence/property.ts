/** The convergence property, to be held for some stories in the tests, and for many in the soak. */
import fc from 'fast-check';
import type { Stage } from './stage.ts';
import { describeStory, stories, type Story, type StepType } from './story.ts';

/** Stories of one kind. */
export interface Property {
  readonly name: string;
  readonly replicas: number;
  readonly without: readonly StepType[];
  /** In the tests. */
  readonly runs: number;
}

export const PROPERTIES: readonly Property[] = [
  { name: 'lose nothing between two replicas', replicas: 2, without: ['drop'], runs: 220 },
  {
    // A new process would hide that anything was left out.
    name: 'lose nothing at one process whose upstream leaves out events in silence',
    replicas: 1,
    without: ['stop'],
    runs: 100,
  },
];

export interface Runs {
  readonly runs: number;
  readonly seed?: number | undefined;
  /** Of a failure, as printed with it. */
  readonly path?: string | undefined;
  /** How often each story is played. */
  readonly repeat?: number | undefined;
  /** Told of each story that has been played. */
  readonly onPlayed?: (() => void) | undefined;
}

const LONGEST_STORY = 60;
/** Milliseconds. Each story takes 30 or so. */
const TIME_LIMIT_PER_STORY = 150;
const TIME_FOR_SHRINKING = 15_000;

/** Holds for as many stories. @throws Error with the seed, the path and the shortest story that fails */
export async function converges(stage: Stage, { name, replicas, without }: Property, options: Runs): Promise<void> {
  const { runs, seed, path, repeat = 1, onPlayed } = options;
  const property = fc.asyncProperty(stories(replicas, without, LONGEST_STORY), async (story) => {
    for (let time = 0; time < repeat; time += 1) await stage.play(story);
    onPlayed?.();
  });
  const result = await fc.check(property, {
    numRuns: runs,
    interruptAfterTimeLimit: runs * repeat * TIME_LIMIT_PER_STORY + TIME_FOR_SHRINKING,
    markInterruptAsFailure: true,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  if (result.failed) throw new Error(`${name}: ${describeFailure(result)}`);
}

function describeFailure(result: fc.RunDetails<[Story]>): string {
  const { seed, counterexample, counterexamplePath, errorInstance, numRuns, numShrinks } = result;
  if (counterexample === null) return `only ${numRuns} stories were played in the time there is`;
  const [story] = counterexample;
  const cause = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  return [
    `failed after ${numRuns} stories, shrunk ${numShrinks} times; to play it again: SEED=${seed} PATH_=${counterexamplePath}`,
    describeStory(story),
    cause,
  ].join('\n');
}
