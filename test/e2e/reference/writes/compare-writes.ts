/** Runs every scenario on both servers and compares the responses. */
import { type Compared, differences, explained } from '../comparison.ts';
import type { RecordedResponse, ExchangeRequest, Target } from '../exchange.ts';
import { type Observed, observedWith } from '../normalise.ts';
import { send } from '../sides.ts';
import { ACCEPTED_WRITES } from './accepted-writes.ts';
import { flatManagers } from './flat-managers.ts';
import { BASE, COLLECTION } from './resources.ts';
import { get, post, type WriteScenario, type WriteStep } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { WriteEnvironment } from './write-environment.ts';
import { WrittenNames } from './written-names.ts';

/** The maximum number of scenarios in flight. */
const CONCURRENCY = 8;

/** A step with its name in reports: `<section> <scenario> 2`. Names of setup steps and final reads end with a word. */
export interface NamedStep {
  readonly name: string;
  readonly step: WriteStep;
}

/** Compares all scenarios, in order. */
export async function compareWrites(environment: WriteEnvironment): Promise<Compared[]> {
  const results: Compared[][] = [];
  const waiting = Array.from(SCENARIOS.entries());
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next;
      results[index] = await compareScenario(environment, scenario, `w${index}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results.flat();
}

/** The compared requests of a scenario: setup, steps and final read. */
export function stepsOf(scenario: WriteScenario): NamedStep[] {
  const { section, title, existing, steps, path } = scenario;
  const name = `${section} ${title}`;
  return [
    ...(existing === undefined ? [] : [{ name: `${name} before`, step: post(existing) }]),
    ...steps.map((step, index) => ({ name: steps.length === 1 ? name : `${name} ${index + 1}`, step })),
    { name: `${name} after`, step: get({ path }) },
  ];
}

async function compareScenario(
  environment: WriteEnvironment,
  scenario: WriteScenario,
  name: string,
): Promise<Compared[]> {
  const [theirs, ours] = await Promise.all([
    runScenario(environment.reference, scenario, new WrittenNames(name)),
    runScenario(environment.ours, scenario, new WrittenNames(name)),
  ]);
  return stepsOf(scenario).map(({ name: title, step: { method, path } }, index) => ({
    name: title,
    request: `${method} ${path.replace(COLLECTION, 'flunders').replace(`${BASE}/`, '')}`,
    differences: explained(title, differences(theirs[index] ?? none, ours[index] ?? none), ACCEPTED_WRITES),
  }));
}

const none: Observed = new Map();

async function runScenario(target: Target, scenario: WriteScenario, names: WrittenNames): Promise<Observed[]> {
  const all: Observed[] = [];
  for (const { step } of stepsOf(scenario)) {
    const { method, path, headers, body } = step;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await sendWithRetries(target, {
      method,
      path: names.fill(path),
      headers,
      body: text === undefined ? undefined : names.fill(text),
    });
    names.learn(response);
    const naming = (value: unknown): unknown => names.named(flatManagers(value));
    all.push(observedWith(response, { auditId: undefined, isWatch: false }, naming));
  }
  return all;
}

/** Sends a request, and retries when the connection breaks: a server may reject a body before it has read all of it. */
async function sendWithRetries(target: Target, request: ExchangeRequest): Promise<RecordedResponse> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(target, request);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
