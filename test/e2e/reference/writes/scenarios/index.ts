/** All scenarios. */
import type { WriteScenario } from '../scenario.ts';
import { APPLIES } from './applies.ts';
import { BODIES } from './bodies.ts';
import { COLLECTIONS } from './collections.ts';
import { CREATES } from './creates.ts';
import { DELETES } from './deletes.ts';
import { WRITE_EXTREMES } from './extremes.ts';
import { FIELD_VALIDATION } from './field-validation.ts';
import { METADATA } from './metadata.ts';
import { OPTIONS } from './options.ts';
import { PATCHES } from './patches.ts';
import { PATHS } from './paths.ts';
import { SUBRESOURCES } from './subresources.ts';
import { UPDATES } from './updates.ts';

export const SCENARIOS: readonly WriteScenario[] = [
  ...CREATES,
  ...METADATA,
  ...BODIES,
  ...FIELD_VALIDATION,
  ...OPTIONS,
  ...UPDATES,
  ...PATCHES,
  ...SUBRESOURCES,
  ...APPLIES,
  ...DELETES,
  ...COLLECTIONS,
  ...PATHS,
  ...WRITE_EXTREMES,
];
