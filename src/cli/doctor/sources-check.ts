/**
 * The check of the sources: whether each exists, how it can be watched, and whether its versions fit positions.
 * @module
 */
import type { SourceRead } from '../../definition/definition-facts.ts';
import {
  INITIAL_EVENTS_END,
  isNotFound,
  KubeListWatch,
  type KubeSource,
  NotWatchableError,
  type SourceObject,
  UpstreamApiError,
} from '../../informers/index.ts';
import { isComparable } from '../../informers/collection/source-version.ts';
import type { Outcome, Problem } from './check.ts';
import { counted } from './cluster-checks.ts';
import type { DoctorContext } from './context.ts';

/** Positions of scheme `upstream` have room for versions below this one. */
const VERSION_LIMIT = 2n ** 43n;
/** The timeout of a watch, in seconds. The bookmark arrives immediately, if it does. */
const WATCH_TIMEOUT_S = 3;
/** The name of no object, so that the watches of the check transfer none. */
const NO_OBJECT = 'metadata.name=kubefacet-doctor-none';
/** The number of sources that are checked at the same time. */
const PARALLEL = 4;

/** Lists and watches each source, without transferring its objects. */
export async function sourcesCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const { sources } = context.get('module');
  const problems: Problem[] = [];
  const waiting = [...sources];
  const work = async (): Promise<void> => {
    for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
      const problem = await sourceProblem(source, context, signal);
      if (problem !== undefined) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { summary: `${counted(sources.length, 'source')} with WatchList and comparable versions`, problems };
}

async function sourceProblem(
  { source, isWatched, isOptional }: SourceRead,
  { transport }: DoctorContext,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const listWatch = new KubeListWatch<SourceObject>(transport, source);
  let version: string | undefined;
  try {
    ({ resourceVersion: version } = await listWatch.list({ limit: 1 }, signal));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { name } = listWatch;
    const severity = isOptional ? 'warning' : 'failed';
    const cause = `the source ${name} (${source.version}) does not exist in this cluster`;
    return {
      severity,
      cause,
      fix: 'Install the CRD or the API server of the resource, or correct its group and version in the module.',
    };
  }
  const problem = versionProblem(listWatch.name, version);
  return problem ?? (isWatched ? await watchProblem(source, transport, signal) : undefined);
}

function versionProblem(name: string, version: string | undefined): Problem | undefined {
  if (isComparable(version) && BigInt(version) < VERSION_LIMIT) return undefined;
  const shown = version === undefined || version === '' ? 'no version' : `the version ${JSON.stringify(version)}`;
  return {
    severity: 'warning',
    cause: `the source ${name} has ${shown}, which is not a number below 2^43`,
    fix: 'Expect clients to list again when they change to another replica or after a restart: docs/resource-versions.md explains the scheme "local".',
  };
}

async function watchProblem(
  source: KubeSource,
  transport: DoctorContext['transport'],
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const fieldSelector = [source.fieldSelector, NO_OBJECT].filter((selector) => selector !== undefined).join(',');
  const listWatch = new KubeListWatch<SourceObject>(transport, { ...source, fieldSelector });
  if (await hasWatchList(listWatch, signal)) return undefined;
  const { name } = new KubeListWatch(transport, source);
  return {
    severity: 'warning',
    cause: `the source ${name} does not support WatchList`,
    fix: 'Nothing must be done: the server lists the source in pages instead. Kubernetes 1.34 and later support WatchList.',
  };
}

/** Whether a watch sends the bookmark at the end of its initial events. Servers before Kubernetes 1.27 ignore the request for it. */
async function hasWatchList(listWatch: KubeListWatch<SourceObject>, signal: AbortSignal): Promise<boolean> {
  const options = {
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_TIMEOUT_S,
  } as const;
  try {
    for await (const event of await listWatch.watch(options, signal)) {
      if (event.type === 'ERROR') return false;
      if (event.type !== 'BOOKMARK') continue;
      if (event.object.metadata?.annotations?.[INITIAL_EVENTS_END] === 'true') return true;
    }
    return false;
  } catch (error) {
    const isRefused = error instanceof UpstreamApiError && error.code >= 400 && error.code < 500;
    if (isRefused || error instanceof NotWatchableError) return false;
    throw error;
  }
}
