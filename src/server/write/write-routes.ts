/**
 * The routes of writes of custom resources: `POST`, `PUT`, `PATCH` and `DELETE` (conformance 6).
 * @module
 */
import { unreachable } from '../../unreachable.ts';
import type { RequestContext } from '../define/request-context.ts';
import { SCALE, scaled, scaleOf } from '../define/scale.ts';
import { type Representation, representationOf } from '../read/representations.ts';
import { respondParts, respondValue } from '../read/respond.ts';
import type { ServedView } from '../read/served-view.ts';
import { turnAfter } from '../read/turns.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import { bodyMediaType, type ResponseFormat } from '../wire/negotiation.ts';
import type { KubernetesObject } from '../wire/object.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { deletedStatus, routeNotFound } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import { parseDeleteOptions } from '../wire/writes/delete-options.ts';
import { finalizerWarnings } from '../wire/writes/metadata-causes.ts';
import { requireResourceVersion } from '../wire/writes/object-writes.ts';
import { parseWriteOptions, type WriteOptions } from '../wire/writes/write-options.ts';
import type { CustomResource } from './custom-resource.ts';
import { validateFields, warn, type ObjectSource } from './field-validation.ts';
import type { WriteOutcome, ObjectWrite } from './object-writer.ts';
import { readScale } from './read-scale.ts';
import { type PatchMediaType, patchMediaTypesOf, patchBody, objectBody, optionalBody } from './request-body.ts';
import { type ObjectRules, sentObject, requireSameObject } from './sent-object.ts';

/** The part of an object that a request writes: the object itself, its status, or its scale. */
export type WriteTarget = 'main' | 'status' | 'scale';

/** A request to write, and the resource that it names. */
export interface WriteRequest {
  readonly ctx: RequestContext;
  readonly served: ServedView;
  readonly custom: CustomResource;
  readonly info: ResourceRequestInfo;
  readonly target: WriteTarget;
}

/** Handles a create. */
export async function create(request: WriteRequest): Promise<void> {
  const { ctx, custom } = request;
  const form = representationOf(ctx, 'object');
  const body = await objectBody(ctx);
  const options = parseWriteOptions(ctx.state.query, 'CreateOptions');
  const object = sentObject(body, rulesOf(request, 'body', options));
  await turnAfter(object, ctx.state.signal);
  const outcome = await custom.writer.create(object, objectWriteOf(request, options));
  warn(ctx, finalizerWarnings(outcome.object));
  await respond(request, form, outcome);
}

/** Handles an update. */
export async function update(request: WriteRequest): Promise<void> {
  const { ctx, custom, info, target } = request;
  const form = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const body = await objectBody(ctx);
  const options = parseWriteOptions(ctx.state.query, 'UpdateOptions');
  const { kind, scale } = custom;
  const write = objectWriteOf(request, options);
  if (target === 'scale' && scale !== undefined) {
    const sent = readScale(body.value, info, 'body');
    const invalidFields = { duplicate: body.duplicates, unknown: sent.unknown };
    validateFields(ctx, SCALE, invalidFields, {
      fieldValidation: options.fieldValidation,
      source: 'body',
      object: sent.object,
    });
    const outcome = await custom.writer.patch((current) => scaled(current, sent.object, scale), write);
    return respondScale(request, form.format, outcome);
  }
  const object = sentObject(body, rulesOf(request, 'body', options));
  await turnAfter(object, ctx.state.signal);
  // A kube-apiserver reports a missing object before a missing resourceVersion.
  const current = await custom.writer.read(write);
  requireResourceVersion(kind, object);
  const outcome = await custom.writer.replace(object, write, current);
  if (target === 'main') warn(ctx, finalizerWarnings(outcome.object, current.object));
  return respond(request, form, outcome);
}

/** Handles a patch. */
export async function patch(request: WriteRequest): Promise<void> {
  const { ctx, custom, info, target } = request;
  const form = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const mediaType = bodyMediaType<PatchMediaType>(ctx.req.headers['content-type'] ?? 'none', patchMediaTypesOf(target));
  const isApply = mediaType === 'application/apply-patch+yaml';
  const body = await patchBody(ctx, mediaType);
  const options = parseWriteOptions(ctx.state.query, 'PatchOptions', { isApply });
  const write = objectWriteOf(request, options);
  if (isApply) return respond(request, form, await custom.apply(request, body.value, options, write));
  const { scale, kind } = custom;
  if (target === 'scale' && scale !== undefined) {
    const change = (current: CompleteObject): KubernetesObject =>
      scaled(current, readScale(body.apply(scaleOf(current, scale)), info, 'patch').object, scale);
    return respondScale(request, form.format, await custom.writer.patch(change, write));
  }
  let before: CompleteObject | undefined;
  const change = (current: CompleteObject): KubernetesObject => {
    before = current;
    const object = sentObject({ ...body, value: body.apply(current) }, rulesOf(request, 'patch', options));
    requireSameObject(kind, current, object);
    return object;
  };
  const outcome = await custom.writer.patch(change, write);
  if (target === 'main') warn(ctx, finalizerWarnings(outcome.object, before));
  return respond(request, form, outcome);
}

/** Handles a delete. */
export async function remove(request: WriteRequest): Promise<void> {
  const { ctx, served, custom, info } = request;
  const form = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const options = parseDeleteOptions(await optionalBody(ctx), ctx.state.query);
  const write = objectWriteOf(request, { dryRun: options.dryRun ?? false, fieldManager: '' });
  const outcome = await custom.writer.delete(write, options);
  if (!outcome.isGone) {
    // As in a kube-apiserver: the client requested the deletion of dependents, and the object still exists.
    return respond(request, form, outcome, options.orphanDependents === false ? 202 : 200);
  }
  const { name, uid } = outcome.object.metadata;
  return respondValue(ctx, 200, deletedStatus(served.groupResource, name, uid), form.format);
}

/** Handles a get of `/scale`. */
export async function getScale(request: WriteRequest): Promise<void> {
  const { ctx, custom, info } = request;
  const { format } = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const { signal, user, requestId } = ctx.state;
  const { object } = await custom.writer.read({
    namespace: info.namespace,
    name: info.name,
    signal,
    user,
    dryRun: false,
    requestId,
  });
  if (custom.scale === undefined) throw routeNotFound();
  respondValue(ctx, 200, scaleOf(object, custom.scale), format);
}

/** Returns the rules for the object of a request. */
function rulesOf(
  { ctx, custom, info }: WriteRequest,
  source: ObjectSource,
  { fieldValidation }: WriteOptions,
): ObjectRules {
  const { kind, content } = custom;
  return { ctx, kind, content, path: { namespace: info.namespace, name: info.name }, source, fieldValidation };
}

/** Returns the write that a request describes. */
export function objectWriteOf(
  { ctx, info, target }: WriteRequest,
  options: Pick<WriteOptions, 'dryRun' | 'fieldManager'>,
): ObjectWrite {
  return {
    namespace: info.namespace,
    name: info.name,
    part: target === 'status' ? 'status' : 'main',
    subresource: target === 'main' ? '' : target,
    manager: options.fieldManager === '' ? defaultManager(ctx) : options.fieldManager,
    user: ctx.state.user,
    dryRun: options.dryRun,
    requestId: ctx.state.requestId,
    signal: ctx.state.signal,
  };
}

/** Returns the name of the client from its User-Agent, without the version. */
function defaultManager(ctx: RequestContext): string {
  const [name = ''] = ctx.get('User-Agent').split('/');
  return name === '' ? 'unknown' : name.slice(0, 128);
}

interface Form {
  readonly format: ResponseFormat;
  readonly representation: Representation;
}

/** Sends the written object. It sends the bytes of the view's row, unless the view already shows another state. */
function respond(
  { ctx, served, custom }: WriteRequest,
  { format, representation }: Form,
  outcome: WriteOutcome,
  code?: number,
): Promise<void> {
  const status = code ?? (outcome.isNew ? 201 : 200);
  const bytes = served.representations.encode(custom.rowOf(outcome), representation);
  if (outcome.revision !== undefined || !outcome.isNew) return respondParts(ctx, [bytes], format, { status });
  const value = Buffer.from(JSON.stringify(withoutVersion(JSON.parse(bytes.toString()))));
  return respondParts(ctx, [value], format, { status });
}

/** Removes the resourceVersion from the result of a dry run of a create, because the object does not exist. */
function withoutVersion(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return value;
  const { resourceVersion: _version, ...metadata } = value.metadata as Record<string, unknown>;
  if (!('rows' in value)) return { ...value, metadata };
  const rows = (value.rows as readonly { readonly object?: unknown }[]).map((row) => ({
    ...row,
    object: withoutVersion(row.object),
  }));
  return { ...value, metadata, rows };
}

function respondScale({ ctx, custom }: WriteRequest, format: ResponseFormat, { object }: WriteOutcome): void {
  if (custom.scale === undefined) throw routeNotFound();
  respondValue(ctx, 200, scaleOf(object, custom.scale), format);
}

/** Returns the handler of a verb, or undefined for verbs that do not write one object. */
export function handlerOf(verb: ResourceRequestInfo['verb']): ((request: WriteRequest) => Promise<void>) | undefined {
  switch (verb) {
    case 'create':
      return create;
    case 'update':
      return update;
    case 'patch':
      return patch;
    case 'delete':
      return remove;
    case 'get':
    case 'list':
    case 'watch':
    case 'deletecollection':
    case 'proxy':
    case '':
      return undefined;
    default:
      return unreachable(verb);
  }
}
