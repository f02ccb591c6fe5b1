import { VERSION_PROPERTIES, versionsHold } from './versions.ts';

describe('Versions of an upstream view', () => {
  for (const property of VERSION_PROPERTIES) {
    it(`keep all promises with ${property.name}`, () => {
      versionsHold(property, { numRuns: 400 });
    });
  }
});
