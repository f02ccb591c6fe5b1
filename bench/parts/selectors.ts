/**
 * LIST with a label selector that clients ask for again and again, and finds a tenth of the rows.
 * @module
 */
import { againstFloor } from '../harness/against-floor.ts';
import type { Part } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';
import { TENTH_LABEL } from '../pods/pod-json.ts';

const SELECTOR = encodeURIComponent(`${TENTH_LABEL}=3`);

export const selectors: Part = {
  name: 'selectors',
  about: 'LIST with a selector that is asked for again',
  async run(bench) {
    const rig = await bench.standard();
    const asked = { question: question(`podsummaries?labelSelector=${SELECTOR}`), protocol: 'HTTP/1.1' } as const;
    const what = 'LIST with a label selector, a tenth of the rows';
    return [await againstFloor({ rig, what, rounds: bench.rounds, goal: { least: 0.8 }, ...asked })];
  },
};
