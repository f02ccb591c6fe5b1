/**
 * `kubefacet doctor`: checks the installation of a server, and says for each problem what to do. It changes nothing in the cluster.
 * @module
 */
import { systemClock } from '../../clock.ts';
import { CliError, usageError } from '../cli-error.ts';
import { type Environment, readSettings } from '../settings/read-settings.ts';
import { type CheckResult, runChecks } from './check.ts';
import { checksFor } from './checks.ts';
import { DoctorContext, type DoctorOptions } from './context.ts';
import { DOCTOR_SETTINGS } from './doctor-settings.ts';
import { isHealthy, jsonReport, textReport } from './report.ts';

/** The result of the command. */
export interface DoctorOutput {
  readonly text: string;
  /** 1 if a check failed. */
  readonly exitCode: 0 | 1;
}

/**
 * Runs the command.
 * @param args the arguments after `doctor`
 * @throws CliError if an argument or a setting is wrong, or if the signal is aborted
 */
export async function doctor(args: readonly string[], env: Environment, signal: AbortSignal): Promise<DoctorOutput> {
  const { values, positionals } = readSettings(DOCTOR_SETTINGS, args, env);
  const [modulePath, ...more] = positionals;
  if (more.length > 0) throw usageError(`doctor takes one MODULE, but ${more.join(', ')} follows ${modulePath}`);
  const { kubeconfig, context, namespaces, serviceAccount, serverAddress } = values;
  const results = await diagnose(
    {
      modulePath,
      kubeconfig,
      context,
      namespaces,
      serviceAccount,
      serverAddress,
      certFile: values['tls.certFile'],
      env,
      clock: systemClock,
    },
    { timeout: values.checkTimeout, signal },
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    throw new CliError('interrupted before all checks were done', 1, error);
  });
  const text = values.output === 'json' ? jsonReport(results) : textReport(results);
  return { text, exitCode: isHealthy(results) ? 0 : 1 };
}

/** Runs the checks, and closes all connections. */
export async function diagnose(
  options: DoctorOptions,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<CheckResult[]> {
  const context = new DoctorContext(options);
  try {
    return await runChecks(checksFor(options.modulePath), context, { clock: options.clock, timeout, signal });
  } finally {
    await context.find('transport')?.close();
  }
}
