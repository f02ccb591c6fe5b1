/** Resolves when `condition` holds, which is checked in every turn of the event loop. Rejects after two seconds. */
export const eventually = async (condition: () => boolean, what = 'the condition'): Promise<void> => {
  const end = performance.now() + 2000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
