/**
 * The check of the whole path: a list through the API server reaches a kubefacet server.
 * @module
 */
import { UpstreamApiError } from '../../informers/index.ts';
import type { ApiParts } from '../../server/define/api-definition.ts';
import { SOURCE_AGE_HEADER } from '../../server/read/freshness.ts';
import type { Outcome, Problem } from './check.ts';
import type { DoctorContext } from './context.ts';
import { fixFor } from './registration-checks.ts';

/** Lists one row of a resource of each group version. */
export async function pathCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const problems: Problem[] = [];
  const paths: string[] = [];
  for (const api of context.get('module').apis) {
    const { path, hasSources } = listOf(api);
    try {
      const { headers, body } = await context.transport.open(path, { query: { limit: 1 }, signal });
      body.destroy();
      if (hasSources && headers[SOURCE_AGE_HEADER.toLowerCase()] === undefined) problems.push(otherServer(path));
      paths.push(path);
    } catch (error) {
      const problem = responseProblem(path, error);
      if (problem === undefined) throw error;
      problems.push(problem);
    }
  }
  return { summary: `the server responds to ${paths.join(', ')}`, problems };
}

/** Returns a path that the API server forwards, and whether the response names the ages of sources, as those of kubefacet do. */
function listOf({ group, version, resources }: ApiParts): { readonly path: string; readonly hasSources: boolean } {
  const root = `/apis/${group}/${version}`;
  const projection = resources.find(({ type }) => type === 'projection');
  const resource =
    projection ?? resources.find(({ type, discovery }) => type === 'custom' && discovery.verbs.includes('list'));
  return resource === undefined
    ? { path: root, hasSources: false }
    : { path: `${root}/${resource.discovery.name}`, hasSources: projection !== undefined };
}

function otherServer(path: string): Problem {
  return {
    cause: `the response to ${path} has no header ${SOURCE_AGE_HEADER}, so another server sent it`,
    fix: 'Correct the selector of the Service, or the address behind it, so that it leads to the server of the module only.',
  };
}

function responseProblem(path: string, error: unknown): Problem | undefined {
  if (!(error instanceof UpstreamApiError) || error.code === 403) return undefined;
  const { code, message } = error;
  const cause = `the server responds to ${path} with ${code}: ${message}`;
  if (code === 401) {
    return {
      cause,
      fix: 'The server does not accept the front proxy: see its log, and restart it if it does not follow the ConfigMap.',
    };
  }
  if (code === 429) {
    return {
      cause,
      fix: 'A source of the server has not synced, or the server is overloaded: see its log and /readyz?verbose.',
    };
  }
  return { cause, fix: fixFor(message) };
}
