/** Sends every request of the tables to both servers and compares what comes back. */
import { randomUUID } from 'node:crypto';
import { ACCEPTED } from './accepted.ts';
import { type Compared, differences, explained } from './comparison.ts';
import { type RecordedResponse, exchange, type Exchange, type ExchangeRequest } from './exchange.ts';
import { BASE, LIVE, RACKS } from './fixtures.ts';
import { observed, type Observed, type Reading } from './normalise.ts';
import { type ComparedRequest, LIVE_REQUESTS, REQUESTS } from './requests/index.ts';
import type { Side, Stage } from './stage.ts';
import { Placeholders } from './placeholders.ts';

/** Requests to each side under way at a time. */
const AT_ONCE = 8;

/** Compares everything. Requests that read what stands there come first, then those that see it change. */
export async function compareAll(stage: Stage): Promise<Compared[]> {
  const sides: Pair<Asking> = [
    { side: stage.reference, placeholders: await Placeholders.of(stage, stage.reference) },
    { side: stage.ours, placeholders: await Placeholders.of(stage, stage.ours) },
  ];
  const compared: Compared[] = [];
  const waiting = [...REQUESTS];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const request = next;
      const [theirs, ours] = await both(sides, async (asking) => {
        const started = start(asking, request);
        return reader(stage, asking, request, started)(await started.exchange.answer);
      });
      compared.push(result(request, theirs, ours));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const order = new Map(REQUESTS.map((request, index) => [nameOf(request), index]));
  compared.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return [...compared, ...(await compareLive(stage, sides))];
}

type Pair<T> = readonly [theirs: T, ours: T];

interface Asking {
  readonly side: Side;
  readonly placeholders: Placeholders;
}

interface Started {
  readonly exchange: Exchange;
  readonly given: ReadonlyMap<string, string>;
  readonly auditId: string | undefined;
  readonly path: string;
}

async function both<T, R>([theirs, ours]: Pair<T>, step: (side: T) => Promise<R>): Promise<Pair<R>> {
  return await Promise.all([step(theirs), step(ours)]);
}

async function compareLive(stage: Stage, sides: Pair<Asking>): Promise<Compared[]> {
  const started = LIVE_REQUESTS.map((request) => ({
    request,
    pair: [start(sides[0], request), start(sides[1], request)] as Pair<Started>,
  }));
  await Promise.all(started.flatMap(({ pair }) => pair.map(({ exchange: { opened } }) => opened)));
  await stage.play(LIVE);
  const answers = await Promise.all(
    started.map(({ pair }) => both(pair, async (one) => [one, await one.exchange.answer] as const)),
  );
  await stage.nameWhatHappened();
  return answers.map(([[theirs, theirAnswer], [ours, ourAnswer]], index) => {
    const request = LIVE_REQUESTS[index] ?? fail();
    return result(
      request,
      reader(stage, sides[0], request, theirs)(theirAnswer),
      reader(stage, sides[1], request, ours)(ourAnswer),
    );
  });
}

function start({ side, placeholders }: Asking, request: ComparedRequest): Started {
  const template = request.path.startsWith('/') ? request.path : `${BASE}/${request.path}`;
  const { text: path, given } = placeholders.fill(template);
  const auditId = request.sendsAuditId === true ? randomUUID() : undefined;
  const headers = { ...request.headers, ...(auditId === undefined ? {} : { 'Audit-Id': auditId }) };
  const sent: ExchangeRequest = { method: request.method, path, headers };
  return { exchange: exchange(side.target, sent), given, auditId, path };
}

function reader(
  stage: Stage,
  { side }: Asking,
  { isWatch = false }: ComparedRequest,
  { given, auditId, path }: Started,
): (answer: RecordedResponse) => Observed {
  const isOfRacks = path.includes(RACKS);
  const isAbout = (name: string): boolean => name !== 'start' && name.startsWith('rack.') === isOfRacks;
  const { revisions } = stage;
  const reading: Reading = { revisions, notation: side.notation(path), isAbout, given, auditId, isWatch };
  return (answer) => observed(answer, reading);
}

function result(request: ComparedRequest, theirs: Observed, ours: Observed): Compared {
  const name = nameOf(request);
  return {
    name,
    request: `${request.method ?? 'GET'} ${request.path}`,
    differences: explained(name, differences(theirs, ours), ACCEPTED),
  };
}

/** How a request is called in reports and in the list of accepted differences. */
export function nameOf({ section, title }: ComparedRequest): string {
  return `${section} ${title}`;
}

function fail(): never {
  throw new Error('every answer has its request');
}
