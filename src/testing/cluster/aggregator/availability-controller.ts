import { LinkedAbort } from '../../../abort.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage.ts';
import { timestamp } from '../workloads/timestamp.ts';
import { API_SERVICES } from './api-service.ts';
import type { ApiService, ApiServiceObject, Availability } from './api-service.ts';
import { checkAvailability } from './availability.ts';
import type { BackendConnection } from './backend-connection.ts';
import { backoff, poller } from './poller.ts';
import { isAddress } from './service-resolver.ts';
import type { ServiceResolver } from './service-resolver.ts';

/** Milliseconds between two checks of an APIService that is well. */
const RESYNC = 30_000;

/** Keeps the condition `Available` of one APIService true to what its backend answers. */
export interface AvailabilityController {
  /** Checks now: something may have changed. */
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
  /** Told when the backend has become available. */
  readonly onAvailable: () => void;
}

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

/** Whether the APIService is to be proxied to, as its object says. */
export function isAvailable(storage: Pick<Storage, 'get'>, name: string): boolean {
  return conditionOf(storage.get(API_SERVICES, name))?.status === 'True';
}

/** Writes the condition `Available`, unless the object says so already or is gone. True if its status has changed. */
export function setAvailability(storage: Storage, name: string, availability: Availability, now: number): boolean {
  const object = storage.get(API_SERVICES, name) as ApiServiceObject | undefined;
  if (object === undefined) return false;
  const before = conditionOf(object);
  const { status, reason, message } = availability;
  if (before?.status === status && before.reason === reason && before.message === message) return false;
  const condition = {
    type: 'Available',
    status,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(now),
    reason,
    message,
  };
  const others = object.status?.conditions?.filter(({ type }) => type !== 'Available') ?? [];
  storage.patchStatus(API_SERVICES, name, { conditions: [...others, condition] });
  return before?.status !== status;
}

type Condition = NonNullable<NonNullable<ApiServiceObject['status']>['conditions']>[number];

/** The condition `Available` of an APIService. */
export function conditionOf(object: ApiServiceObject | undefined): Condition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Available');
}
