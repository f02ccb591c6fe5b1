/**
 * Checks whether the server behind an APIService is available, and writes the result into the condition `Available`.
 * @module
 */
import { LinkedAbort } from '../../../abort.ts';
import type { Clock } from '../../../clock.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import type { Storage } from '../storage/storage.ts';
import {
  API_SERVICES,
  isAddress,
  type ApiService,
  type ApiServiceObject,
  type Availability,
  type ServiceResolver,
} from './api-service.ts';
import type { BackendConnection } from './backend-connection.ts';
import { AGGREGATOR, readDocument } from './backend-reader.ts';
import { backoff, poller } from './poller.ts';
import { errorMessage } from '../../../error-message.ts';

/** The time in milliseconds between two checks of an available APIService. */
const RESYNC = 30_000;

/** Keeps the condition `Available` of one APIService up to date. */
export interface AvailabilityController {
  /** Checks immediately. */
  check(): void;
  stop(): void;
}

export interface AvailabilityOptions {
  readonly apiService: ApiService;
  readonly storage: Storage;
  readonly resolver: ServiceResolver;
  readonly connection: () => BackendConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the backend becomes available. */
  readonly onAvailable: () => void;
}

/** Starts the controller of one APIService. It checks nothing before the first {@link AvailabilityController.check}. */
export function availabilityController(options: AvailabilityOptions): AvailabilityController {
  const { apiService, storage, resolver, connection, clock, signal, onAvailable } = options;
  const stopped = new LinkedAbort(signal);
  const context = { clock, signal: stopped.signal };
  const waits = backoff(5, RESYNC);
  const checks = poller(clock, async () => {
    const found = resolver.resolve(apiService.service);
    const availability = isAddress(found) ? await checkAvailability(apiService, connection(), context) : found;
    if (context.signal.aborted) return undefined;
    const changed = setAvailability(storage, apiService.name, availability, clock.now());
    if (availability.status === 'True') {
      waits.reset();
      if (changed) onAvailable();
      return RESYNC;
    }
    return waits.failed();
  });
  return {
    check: () => {
      waits.reset();
      checks.now();
    },
    stop: () => {
      checks.stop();
      stopped.abort();
    },
  };
}

/** Returns whether the APIService in storage has the condition `Available` with the status `True`. */
export function isAvailable(storage: Pick<Storage, 'get'>, name: string): boolean {
  return conditionOf(storage.get(API_SERVICES, name))?.status === 'True';
}

/**
 * Writes the condition `Available`, unless it is already up to date or the object was deleted. Returns true if its
 * status has changed.
 */
export function setAvailability(storage: Storage, name: string, availability: Availability, now: number): boolean {
  const object = storage.get(API_SERVICES, name) as ApiServiceObject | undefined;
  if (object === undefined) return false;
  const before = conditionOf(object);
  const { status, reason, message } = availability;
  if (before?.status === status && before.reason === reason && before.message === message) return false;
  const condition = {
    type: 'Available',
    status,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestampOf(now),
    reason,
    message,
  };
  const others = object.status?.conditions?.filter(({ type }) => type !== 'Available') ?? [];
  storage.patchStatus(API_SERVICES, name, { conditions: [...others, condition] });
  return before?.status !== status;
}

type Condition = NonNullable<NonNullable<ApiServiceObject['status']>['conditions']>[number];

/** Returns the condition `Available` of an APIService. */
export function conditionOf(object: ApiServiceObject | undefined): Condition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Available');
}

/** The number of simultaneous attempts. The first success counts; the other attempts are aborted. */
const ATTEMPTS = 5;

/** The timeout of an attempt in milliseconds. */
const TIMEOUT = 5000;

/** Requests `/apis/G/V` from the backend, as kube-aggregator does to check its availability (conformance 5.3). */
async function checkAvailability(
  { group, version }: Pick<ApiService, 'group' | 'version'>,
  backend: BackendConnection,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Availability> {
  const path = `/apis/${group}/${version}`;
  const url = `https://${backend.target.host}:${backend.target.port}${path}`;
  const decided = new LinkedAbort(signal);
  const attempt = async (): Promise<void> => {
    const { status } = await readDocument(backend, {
      path,
      user: AGGREGATOR,
      timeout: TIMEOUT,
      clock,
      signal: decided.signal,
    });
    if (status < 200 || status > 299) throw new Error(`bad status from ${url}: ${status}`);
  };
  try {
    await Promise.any(Array.from({ length: ATTEMPTS }, attempt));
    return { status: 'True', reason: 'Passed', message: 'all checks passed' };
  } catch (error) {
    const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
    const why = errorMessage(first);
    return {
      status: 'False',
      reason: 'FailedDiscoveryCheck',
      message: `failing or missing response from ${url}: ${why}`,
    };
  } finally {
    decided.abort();
  }
}
