/**
 * The parts of the benchmark, in the order in which they run.
 * @module
 */
import type { Part } from '../harness/bench.ts';
import { changeControl } from './change-control.ts';
import { changeCost } from './change-cost.ts';
import { changingLists } from './changing-lists.ts';
import { fanOut } from './fan-out.ts';
import { demo } from './demo.ts';
import { firstSync } from './first-sync.ts';
import { footprint } from './footprint.ts';
import { get } from './get.ts';
import { growthOfChanges } from './growth/change-cost.ts';
import { growthOfRows } from './growth/rows.ts';
import { growthOfWatches } from './growth/watches.ts';
import { kubeApiServer } from './kube-apiserver.ts';
import { lists } from './lists.ts';
import { loop } from './loop.ts';
import { memory } from './memory.ts';
import { notModified } from './not-modified.ts';
import { selectors } from './selectors.ts';
import { servedMemory } from './served-memory.ts';
import { tables } from './tables.ts';
import { watchLists } from './watch-lists.ts';

/** The parts that compare with the goals. They run together without arguments. */
export const PARTS: readonly Part[] = [
  get,
  lists,
  changingLists,
  tables,
  selectors,
  notModified,
  fanOut,
  watchLists,
  memory,
  firstSync,
  loop,
  changeCost,
  demo,
  kubeApiServer,
];

/** The parts that show how costs grow. They run by name, or together as `growth`. */
export const GROWTH_PARTS: readonly Part[] = [growthOfRows, growthOfWatches, growthOfChanges];

/** Parts that run by their names only. */
export const OTHER_PARTS: readonly Part[] = [footprint, servedMemory, changeControl];
