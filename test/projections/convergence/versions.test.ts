import { VERSION_PROPERTIES, versionsHold } from './versions.ts';

describe('Versions of an upstream view', function () {
  this.timeout(60_000);
  for (const property of VERSION_PROPERTIES) {
    it(`keep all promises with ${property.name}`, () => {
      versionsHold(property, { numRuns: 400 });
    });
  }
});
