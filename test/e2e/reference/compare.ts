/** Sends all requests of the tables to both servers and compares the responses. */
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type AcceptedDifference } from './accepted.ts';
import { type Compared, differences, explained } from './comparison.ts';
import { type RecordedResponse, exchange, type Exchange, type ExchangeRequest } from './exchange.ts';
import { BASE, LIVE, RACKS } from './fixtures.ts';
import { observed, type Observed, type Reading } from './normalise.ts';
import { type ComparedRequest, LIVE_REQUESTS, REQUESTS, SHARDS_SECTION } from './requests/index.ts';
import type { Side, ComparisonEnvironment } from './environment.ts';
import { Placeholders } from './placeholders.ts';
import { send } from './sides.ts';

/** The maximum number of requests in flight to each server. */
const CONCURRENCY = 8;

/** Compares all requests: first those that read a fixed state, then the watches during changes. */
export async function compareAll(environment: ComparisonEnvironment): Promise<Compared[]> {
  const sides: Pair<Sender> = [
    { side: environment.reference, placeholders: await Placeholders.of(environment, environment.reference) },
    { side: environment.ours, placeholders: await Placeholders.of(environment, environment.ours) },
  ];
  const compared: Compared[] = [];
  const hasShards = await honoursShards(environment);
  const waiting = REQUESTS.filter(({ section }) => hasShards || section !== SHARDS_SECTION);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const request = next;
      const [theirs, ours] = await both(sides, async (sender) => {
        const started = start(sender, request);
        return reader(environment, sender, request, started)(await started.exchange.response);
      });
      compared.push(result(request, theirs, ours));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const order = new Map(REQUESTS.map((request, index) => [nameOf(request), index]));
  compared.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return [...compared, ...(await compareLive(environment, sides))];
}

/** Returns the accepted differences that must occur: without those of shards, if no request for a shard was compared. */
export function requiredDifferences(all: readonly Compared[]): readonly AcceptedDifference[] {
  const isOfShards = (text: string): boolean => text.startsWith(SHARDS_SECTION);
  if (all.some(({ name }) => isOfShards(name))) return ACCEPTED;
  return ACCEPTED.filter(({ requests }) => !isOfShards(requests.source.replaceAll(/[\\^]/g, '')));
}

/** Returns whether the feature gate of shards is on at the reference server: it rejects a bad selector. */
async function honoursShards({ reference }: ComparisonEnvironment): Promise<boolean> {
  const { status } = await send(reference.target, { path: `${BASE}/flunders?shardSelector=x` });
  return status !== 200;
}

type Pair<T> = readonly [theirs: T, ours: T];

interface Sender {
  readonly side: Side;
  readonly placeholders: Placeholders;
}

interface Started {
  readonly exchange: Exchange;
  readonly requestValues: ReadonlyMap<string, string>;
  readonly auditId: string | undefined;
  readonly path: string;
}

async function both<T, R>([theirs, ours]: Pair<T>, step: (side: T) => Promise<R>): Promise<Pair<R>> {
  return await Promise.all([step(theirs), step(ours)]);
}

async function compareLive(environment: ComparisonEnvironment, sides: Pair<Sender>): Promise<Compared[]> {
  const started = LIVE_REQUESTS.map((request) => ({
    request,
    pair: [start(sides[0], request), start(sides[1], request)] as Pair<Started>,
  }));
  await Promise.all(started.flatMap(({ pair }) => pair.map(({ exchange: { opened } }) => opened)));
  await environment.play(LIVE);
  const responses = await Promise.all(
    started.map(({ pair }) => both(pair, async (one) => [one, await one.exchange.response] as const)),
  );
  await environment.nameNewWrites();
  return responses.map(([[theirs, theirResponse], [ours, ourResponse]], index) => {
    const request = LIVE_REQUESTS[index] ?? fail();
    return result(
      request,
      reader(environment, sides[0], request, theirs)(theirResponse),
      reader(environment, sides[1], request, ours)(ourResponse),
    );
  });
}

function start({ side, placeholders }: Sender, request: ComparedRequest): Started {
  const template = request.path.startsWith('/') ? request.path : `${BASE}/${request.path}`;
  const { text: path, requestValues } = placeholders.fill(template);
  const auditId = request.sendsAuditId === true ? randomUUID() : undefined;
  const headers = { ...request.headers, ...(auditId === undefined ? {} : { 'Audit-Id': auditId }) };
  const sent: ExchangeRequest = { method: request.method, path, headers };
  return { exchange: exchange(side.target, sent), requestValues, auditId, path };
}

function reader(
  environment: ComparisonEnvironment,
  { side }: Sender,
  { isWatch = false }: ComparedRequest,
  { requestValues, auditId, path }: Started,
): (response: RecordedResponse) => Observed {
  const isOfRacks = path.includes(RACKS);
  const isAbout = (name: string): boolean => name !== 'start' && name.startsWith('rack.') === isOfRacks;
  const { revisions } = environment;
  const reading: Reading = { revisions, notation: side.notation(path), isAbout, requestValues, auditId, isWatch };
  return (response) => observed(response, reading);
}

function result(request: ComparedRequest, theirs: Observed, ours: Observed): Compared {
  const name = nameOf(request);
  return {
    name,
    request: `${request.method ?? 'GET'} ${request.path}`,
    differences: explained(name, differences(theirs, ours), ACCEPTED),
  };
}

/** The name of a request in reports and in the list of accepted differences. */
export function nameOf({ section, title }: ComparedRequest): string {
  return `${section} ${title}`;
}

function fail(): never {
  throw new Error('a response has no request');
}
