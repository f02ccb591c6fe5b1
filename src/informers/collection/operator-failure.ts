/**
 * What is said of operators that fail.
 * @module
 */
import { PipelineError, reasonOf } from './errors.ts';

const HINT =
  '(an operator is given batches, not objects: is this an operator of rxjs? those of kubefacet are in kubefacet/projections)';

/**
 * An operator threw, or its stream errored.
 * @param strange whether it may have been written for something else than batches; then a TypeError gets a hint
 */
export function operatorFailed(collection: string, error: unknown, strange = false): PipelineError {
  const hint = strange && error instanceof TypeError ? ` ${HINT}` : '';
  return new PipelineError(collection, `an operator failed: ${reasonOf(error)}${hint}`, error);
}

/** An operator answered what is no {@link DerivedBatch}. */
export function operatorAnswered(collection: string): PipelineError {
  return new PipelineError(collection, `an operator must answer with batch.derive(…) ${HINT}`);
}
