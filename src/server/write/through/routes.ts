/**
 * The routes of writes of projection rows: `PUT`, `PATCH` and `DELETE`.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import { keyOfParts } from '../../../key.ts';
import type { RequestContext } from '../../define/request-context.ts';
import { representationOf } from '../../read/representations.ts';
import { respondParts, respondValue } from '../../read/respond.ts';
import type { ServedView } from '../../read/served-view.ts';
import { valueAtPath } from '../../wire/json.ts';
import { requirePathSegmentName } from '../../wire/names.ts';
import { bodyMediaType } from '../../wire/negotiation.ts';
import { patchMediaTypes } from '../../wire/patch.ts';
import type { ResourceRequestInfo } from '../../wire/request-info.ts';
import { deletedStatus, routeNotFound, timeout } from '../../wire/status.ts';
import { parseDeleteOptions } from '../../wire/writes/delete-options.ts';
import { requireResourceVersion } from '../../wire/writes/object-writes.ts';
import { parseWriteOptions, type WriteOptions } from '../../wire/writes/write-options.ts';
import { validateFields, warn } from '../field-validation.ts';
import { readObject } from '../read-object.ts';
import { objectBody, optionalBody, patchBody } from '../request-body.ts';
import { writeRefusal } from '../write-refusals.ts';
import type { ThroughOutcome, ThroughRequest, WriteThrough } from './write-through.ts';

/** A request to write a row, and the projection that it names. */
export interface RowWriteRequest {
  readonly ctx: RequestContext;
  readonly served: ServedView;
  /** Undefined if the rows are read-only. */
  readonly writes: WriteThrough | undefined;
  readonly info: ResourceRequestInfo;
  readonly clock: Clock;
}

/** Responds to a write of a row. @throws ApiError */
export async function writeThrough(request: RowWriteRequest): Promise<void> {
  const { ctx, writes, info } = request;
  const handle = HANDLERS[info.verb];
  if (writes === undefined || handle === undefined) throw routeNotFound();
  requirePathSegmentName(info.name);
  try {
    await handle({ ...request, writes });
  } catch (error) {
    // The client has disconnected, or the request has timed out. That is not a failure of the server.
    if (ctx.state.signal.aborted) throw timeout('the request ended before the result of the write was known');
    throw writeRefusal(error);
  }
}

type Request = RowWriteRequest & { readonly writes: WriteThrough };

const HANDLERS: { readonly [Verb in ResourceRequestInfo['verb']]?: (request: Request) => Promise<void> } = {
  patch,
  update,
  delete: remove,
};

async function patch(request: Request): Promise<void> {
  const { ctx, writes, info } = request;
  const form = representationOf(ctx, 'object');
  const mediaType = bodyMediaType(ctx.req.headers['content-type'] ?? 'none', patchMediaTypes);
  const body = await patchBody(ctx, mediaType);
  const options = parseWriteOptions(ctx.state.query, 'PatchOptions');
  const outcome = await writes.change('patch', through(request, options), (current) => {
    const { object } = readObject(body.apply(current), writes.kind, info, 'patch');
    const validated = { fieldValidation: options.fieldValidation, source: 'patch', object } as const;
    validateFields(ctx, writes.kind, { duplicate: body.duplicates, unknown: [] }, validated);
    return object;
  });
  await respond(request, form, outcome);
}

async function update(request: Request): Promise<void> {
  const { ctx, writes, info } = request;
  const form = representationOf(ctx, 'object');
  const body = await objectBody(ctx);
  const options = parseWriteOptions(ctx.state.query, 'UpdateOptions');
  const { object } = readObject(body.value, writes.kind, info, 'body');
  const validated = { fieldValidation: options.fieldValidation, source: 'body', object } as const;
  validateFields(ctx, writes.kind, { duplicate: body.duplicates, unknown: [] }, validated);
  requireResourceVersion(writes.kind, object);
  await respond(request, form, await writes.change('replace', through(request, options), () => object));
}

async function remove(request: Request): Promise<void> {
  const { ctx, served, writes } = request;
  const form = representationOf(ctx, 'object');
  const body = await optionalBody(ctx);
  const options = parseDeleteOptions(body, ctx.state.query);
  const grace =
    body === undefined
      ? Number(ctx.state.query.get('gracePeriodSeconds') ?? 'none')
      : valueAtPath(body, 'gracePeriodSeconds');
  const gracePeriodSeconds = Number.isSafeInteger(grace) ? (grace as number) : undefined;
  const wanted = through(request, { dryRun: options.dryRun ?? false, fieldManager: '' });
  const outcome = await writes.delete(wanted, { ...options, gracePeriodSeconds });
  if (outcome.isVisible) return respond(request, form, outcome);
  const { name, uid } = outcome.row.object.metadata;
  return respondValue(ctx, 200, deletedStatus(served.groupResource, name, uid), form.format);
}

function through(
  { ctx, info, clock }: Request,
  { dryRun, fieldManager }: Pick<WriteOptions, 'dryRun' | 'fieldManager'>,
): ThroughRequest {
  const { user, signal } = ctx.state;
  // The name of the client, without its version.
  const [agent = ''] = ctx.get('User-Agent').split('/');
  return {
    key: keyOfParts(info.namespace, info.name),
    name: info.name,
    user,
    manager: fieldManager === '' ? agent.slice(0, 128) : fieldManager,
    dryRun,
    clock,
    signal,
  };
}

function respond(
  { ctx, served }: Request,
  { format, representation }: ReturnType<typeof representationOf>,
  { row, isVisible }: ThroughOutcome,
): Promise<void> {
  // The write has succeeded, so the response must not be an error.
  if (!isVisible) warn(ctx, [`the object was written, but ${served.definition.plural} no longer contain it`]);
  return respondParts(ctx, [served.representations.encode(row, representation)], format);
}
