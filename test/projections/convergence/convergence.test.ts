import { VIEW_PROPERTIES, viewConverges } from './property.ts';

/** Stories of upstream views are short: they need more of them to meet everything that can happen. */
const RUNS: Readonly<Record<string, number>> = { upstream: 1000, local: 300 };

describe('A client that follows the protocol', function () {
  this.timeout(60_000);
  for (const property of VIEW_PROPERTIES) {
    it(`loses nothing at ${property.name}`, () => {
      viewConverges(property, {
        numRuns: property.name.includes('upstream view') ? RUNS['upstream']! : RUNS['local']!,
      });
    });
  }
});
