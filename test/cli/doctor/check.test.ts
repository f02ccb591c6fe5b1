import { expect } from 'chai';
import { type Check, type CheckResult, type Outcome, runChecks } from '../../../src/cli/doctor/check.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { ConnectionError, KubeConfigError, UpstreamApiError } from '../../../src/informers/index.ts';
import { fakeClock, settled } from '../../../src/testing/index.ts';

const OK: Outcome = { summary: 'good' };
const FAILED: Outcome = { summary: '', problems: [{ cause: 'it is broken', fix: 'Mend it.' }] };

describe('runChecks()', () => {
  const clock = fakeClock();
  const { signal } = new AbortController();
  const run = (checks: readonly Check<undefined>[]): Promise<CheckResult[]> =>
    runChecks(checks, undefined, { clock, timeout: 1000, signal });
  const check = (name: string, needs: readonly string[], outcome: Outcome | Error): Check<undefined> => ({
    name,
    needs,
    run: () => {
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  const statuses = (results: readonly CheckResult[]): string[] =>
    results.map(({ name, status, summary }) => `${name} ${status} ${summary}`);

  it('skips the checks that depend on a failed one, also through others, and names it', async () => {
    const results = await run([
      check('a', [], FAILED),
      check('b', ['a'], OK),
      check('c', ['b'], OK),
      check('d', [], OK),
    ]);
    expect(statuses(results)).to.deep.equal([
      'a failed it is broken',
      'b skipped because of the problem of "a"',
      'c skipped because of the problem of "a"',
      'd ok good',
    ]);
  });

  it('runs the checks after a warning and after one that does not apply', async () => {
    const warning: Outcome = { summary: '', problems: [{ severity: 'warning', cause: 'old', fix: 'Renew it.' }] };
    const results = await run([
      check('a', [], warning),
      check('b', ['a'], { summary: 'not here', isSkipped: true }),
      check('c', ['b'], OK),
    ]);
    expect(statuses(results)).to.deep.equal(['a warning old', 'b skipped not here', 'c ok good']);
  });

  it('counts several problems in the summary, and fails if one of them is no warning', async () => {
    const [problem] = FAILED.problems ?? [];
    const problems = problem === undefined ? [] : [problem, { ...problem, severity: 'warning' as const }];
    expect(statuses(await run([check('a', [], { summary: '', problems })]))).to.deep.equal(['a failed 2 problems']);
  });

  it('ends a check that takes too long', async () => {
    let isAborted = false;
    const slow: Check<undefined> = {
      name: 'slow',
      needs: [],
      run: (_, limit) =>
        new Promise(() => {
          limit.addEventListener('abort', () => (isAborted = true));
        }),
    };
    const running = run([slow]);
    await settled();
    clock.advance(1000);
    expect(statuses(await running)).to.deep.equal(['slow failed the check did not end within 1 s']);
    expect(isAborted).to.equal(true);
  });

  const forbidden = new UpstreamApiError({ code: 403, message: 'pods is forbidden' });
  for (const [error, status, cause] of [
    [forbidden, 'warning', /kubeconfig does not allow it: pods is forbidden/],
    [new UpstreamApiError({ code: 401, message: 'Unauthorized' }), 'failed', /refuses the credentials/],
    [new UpstreamApiError({ code: 503, message: 'down' }), 'failed', /responds with 503: down/],
    [new ConnectionError('refused'), 'failed', /refused/],
    [new KubeConfigError('no context'), 'failed', /no context/],
    [new CliError('a.ts: wrong', 1), 'failed', /a\.ts: wrong/],
  ] as const) {
    it(`reports "${error.message}" as ${status}, and skips the checks that depend on it`, async () => {
      const [first, second] = await run([check('a', [], error), check('b', ['a'], OK)]);
      expect(first?.status).to.equal(status);
      expect(first?.problems[0]?.cause).to.match(cause);
      expect(second?.status).to.equal('skipped');
    });
  }

  it('throws the errors of bugs', async () => {
    const error: unknown = await run([check('a', [], new TypeError('bug'))]).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(TypeError);
  });
});
