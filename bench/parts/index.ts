/**
 * The parts of the benchmark, in the order in which they run.
 * @module
 */
import type { Part } from '../harness/bench.ts';
import { changingLists } from './changing-lists.ts';
import { fanOut } from './fan-out.ts';
import { get } from './get.ts';
import { lists } from './lists.ts';
import { notModified } from './not-modified.ts';
import { selectors } from './selectors.ts';
import { tables } from './tables.ts';
import { watchLists } from './watch-lists.ts';

/** The parts that compare with the goals. They run together without arguments. */
export const PARTS: readonly Part[] = [get, lists, changingLists, tables, selectors, notModified, fanOut, watchLists];
