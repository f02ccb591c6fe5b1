/** Plays every scenario on both servers and compares what comes back. */
import { type Compared, differences, explained } from '../comparison.ts';
import type { RecordedResponse, ExchangeRequest, Target } from '../exchange.ts';
import { type Observed, observedWith } from '../normalise.ts';
import { ask } from '../sides.ts';
import { ACCEPTED_WRITES } from './accepted-writes.ts';
import { flatManagers } from './flat-managers.ts';
import { BASE, COLLECTION } from './resources.ts';
import { get, post, type WriteScenario, type WriteStep } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { WriteStage } from './write-stage.ts';
import { WrittenNames } from './written-names.ts';

/** Scenarios under way at a time. */
const AT_ONCE = 8;

/** A step with its name in reports: `<section> <scenario> 2`. What sets up or reads afterwards ends in a word. */
export interface NamedStep {
  readonly name: string;
  readonly step: WriteStep;
}

/** Compares everything, in the order of the scenarios. */
export async function compareWrites(stage: WriteStage): Promise<Compared[]> {
  const results: Compared[][] = [];
  const waiting = Array.from(SCENARIOS.entries());
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next;
      results[index] = await compareScenario(stage, scenario, `w${index}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results.flat();
}

/** What is compared of a scenario: each of its requests, what comes before and what stands there in the end. */
export function stepsOf(scenario: WriteScenario): NamedStep[] {
  const { section, title, existing, steps, path } = scenario;
  const name = `${section} ${title}`;
  return [
    ...(existing === undefined ? [] : [{ name: `${name} before`, step: post(existing) }]),
    ...steps.map((step, index) => ({ name: steps.length === 1 ? name : `${name} ${index + 1}`, step })),
    { name: `${name} after`, step: get({ path }) },
  ];
}

async function compareScenario(stage: WriteStage, scenario: WriteScenario, name: string): Promise<Compared[]> {
  const [theirs, ours] = await Promise.all([
    played(stage.reference, scenario, new WrittenNames(name)),
    played(stage.ours, scenario, new WrittenNames(name)),
  ]);
  return stepsOf(scenario).map(({ name: title, step: { method, path } }, index) => ({
    name: title,
    request: `${method} ${path.replace(COLLECTION, 'flunders').replace(`${BASE}/`, '')}`,
    differences: explained(title, differences(theirs[index] ?? none, ours[index] ?? none), ACCEPTED_WRITES),
  }));
}

const none: Observed = new Map();

async function played(target: Target, scenario: WriteScenario, names: WrittenNames): Promise<Observed[]> {
  const all: Observed[] = [];
  for (const { step } of stepsOf(scenario)) {
    const { method, path, headers, body } = step;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await answered(target, {
      method,
      path: names.fill(path),
      headers,
      body: text === undefined ? undefined : names.fill(text),
    });
    names.learn(answer);
    const naming = (value: unknown): unknown => names.named(flatManagers(value));
    all.push(observedWith(answer, { auditId: undefined, isWatch: false }, naming));
  }
  return all;
}

/** A server that has said no to a body need not read the rest: then the connection may break before its answer is read. */
async function answered(target: Target, request: ExchangeRequest): Promise<RecordedResponse> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask(target, request);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
