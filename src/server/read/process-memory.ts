/**
 * The memory of the process after major garbage collections.
 * @module
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/**
 * The largest young generation of a supported version of Node.js, in bytes: three semi-spaces of 64 MiB. The size limit of the heap contains
 * it, but the process ends when the old generation reaches its own limit.
 */
const YOUNG_BYTES = 192 * 2 ** 20;
const OLD_SPACE_FLAG = /(?:^|\s)--max[-_]old[-_]space[-_]size[=\s](\d+)(?=\s|$)/g;

/** The memory in use, in bytes. */
export interface MemoryReading {
  /** The bytes that are live after a major collection: of the heap, and of buffers outside the heap. */
  readonly live: number;
  /** The smaller one of the maximum size of the heap without its young generation, and the limit of the cgroup. */
  readonly maximum: number;
}

/** Calls `listener` with a reading after each major collection. @returns a function that ends the calls */
export type MemorySource = (listener: (reading: MemoryReading) => void) => () => void;

/**
 * Readings of this process. Between two collections the heap contains garbage of any size, so only the memory after a major collection
 * shows what is in use.
 */
export function processMemory(listener: (reading: MemoryReading) => void): () => void {
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isMajor)) listener(readMemory());
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

/**
 * Reads the memory now. It does not use `external`, which contains the buffers that a collection has freed until the next collection
 * (measured with Node 24). `arrayBuffers` is exact.
 */
export function readMemory(): MemoryReading {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    live: heapUsed + arrayBuffers,
    maximum: maximumMemory(),
  };
}

/** Returns {@link MemoryReading.maximum} of this process. */
export function maximumMemory(): number {
  const flags = [process.env['NODE_OPTIONS'] ?? '', ...process.execArgv].join(' ');
  return smallest(oldGenerationLimit(getHeapStatistics().heap_size_limit, flags), process.constrainedMemory());
}

/**
 * Returns the maximum size of the old generation, in bytes.
 * @param heap the maximum size of the whole heap
 * @param flags the flags of Node.js. The last `--max-old-space-size` is valid
 */
export function oldGenerationLimit(heap: number, flags: string): number {
  const megabytes = Array.from(flags.matchAll(OLD_SPACE_FLAG), ([, size]) => Number(size)).at(-1) ?? 0;
  return megabytes > 0 ? megabytes * 2 ** 20 : Math.max(heap / 2, heap - YOUNG_BYTES);
}

/** Returns the smaller limit. @param cgroup the limit of cgroup v1 or v2; 0 or 2^64 without a limit. It can change while the process runs */
export function smallest(heap: number, cgroup: number): number {
  return cgroup > 0 && cgroup < heap ? cgroup : heap;
}

function isMajor(entry: object): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
