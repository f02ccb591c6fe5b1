/**
 * The CPU and the memory of a process, for the functions that measured processes offer.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The memory of a process in bytes. */
export interface MemoryUse {
  /** Heap and buffers. */
  readonly used: number;
  readonly rss: number;
}

const delay = monitorEventLoopDelay({ resolution: 1 });

/** The functions that all measured processes offer. */
export const usage = {
  /** Returns the CPU time of all threads since the start, in milliseconds. */
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  /** Returns the memory after a full garbage collection. */
  async memory(): Promise<MemoryUse> {
    for (let run = 0; run < 3; run += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return memoryNow();
  },
  /** Forgets the peak of the RSS. */
  resetPeak(): number {
    try {
      writeFileSync('/proc/self/clear_refs', '5');
    } catch {
      // Without /proc, the peak is that since the start of the process.
    }
    return process.memoryUsage.rss();
  },
  /** Returns the highest RSS since {@link usage.resetPeak}, in bytes. */
  peakRss(): number {
    try {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
      if (peak !== null) return Number(peak[1]) * 1024;
    } catch {
      // The next line is for machines without /proc.
    }
    return process.resourceUsage().maxRSS * 1024;
  },
  /** Begins to observe the event loop. */
  watchLoop(): void {
    delay.enable();
    delay.reset();
  },
  /** Returns the longest time in milliseconds for which the event loop stood still since {@link usage.watchLoop}. */
  longestStop(): number {
    delay.disable();
    // One millisecond is the interval of the timer that observes the loop.
    return Math.max(0, delay.max / 1e6 - 1);
  },
};

function memoryNow(): MemoryUse {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, rss };
}
