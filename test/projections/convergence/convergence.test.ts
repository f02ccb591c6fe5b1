import { VIEW_PROPERTIES, viewConverges } from './property.ts';

/** Stories of upstream views are short, so more of them are needed to reach every case. */
const RUNS: Readonly<Record<string, number>> = { upstream: 1000, local: 300 };

describe('A client that follows the protocol', () => {
  for (const property of VIEW_PROPERTIES) {
    it(`loses no change with ${property.name}`, () => {
      viewConverges(property, {
        numRuns: property.name.includes('upstream view') ? RUNS['upstream']! : RUNS['local']!,
      });
    });
  }
});
