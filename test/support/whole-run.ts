/**
 * Fails a run of mocha that ends before its last test. Without it, code that calls `process.exit()` in the process of the tests, or an event
 * loop that runs empty, would end the run with code 0.
 */
let hasEnded = false;

export const mochaHooks = {
  afterAll(): void {
    hasEnded = true;
  },
};

process.on('exit', (code) => {
  if (hasEnded || code !== 0) return;
  console.error('the process of the tests ended before the last test');
  process.exitCode = 1;
});
