/**
 * Plays marbles on a fake informer.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { unreachable } from '../../unreachable.ts';
import type { FakeInformer } from '../informers/fake-informer.ts';
import { type Marble, parseMarbles, type SourceIncident } from './marbles.ts';

/**
 * Plays marbles on a fake informer. A batch of one marble is an event. A batch of several marbles is a relist, because nothing else in
 * Kubernetes changes several objects at once.
 * @param make returns the object for a key and the text after the colon
 * @throws MarbleError for text that is not marbles
 * @throws Error for an added object that exists already, or a modified or deleted one that does not exist
 * @example
 * const pods = fakeInformer<V1Pod>();
 * playMarbles(pods, '+shop/web:n1 | ~shop/web:n2 | -shop/web', (key, node) => pod(key, { node }));
 */
export function playMarbles<T extends SourceObject>(
  source: FakeInformer<T>,
  marbles: string,
  make: (key: string, text: string) => T,
): void {
  for (const tick of parseMarbles(marbles)) {
    if (typeof tick === 'string') playIncident(source, tick);
    else if (tick.length > 1) writeTogether(source, tick, make);
    else for (const marble of tick) write(source, marble, make);
  }
}

function playIncident<T extends SourceObject>(source: FakeInformer<T>, incident: SourceIncident): void {
  switch (incident) {
    case 'gone':
      return source.gone();
    case 'relist':
      return source.relist();
    case 'bookmark':
      return source.bookmark();
    case 'silent':
      return source.goSilent();
    default:
      return unreachable(incident);
  }
}

function write<T extends SourceObject>(
  source: FakeInformer<T>,
  { sign, key, text }: Marble,
  make: (key: string, text: string) => T,
): void {
  switch (sign) {
    case '+':
      return source.add(make(key, text));
    case '~':
      return source.modify(make(key, text));
    case '-':
      return source.delete(key);
    default:
      return unreachable(sign);
  }
}

function writeTogether<T extends SourceObject>(
  source: FakeInformer<T>,
  marbles: readonly Marble[],
  make: (key: string, text: string) => T,
): void {
  const objects = new Map(source.list().map((object) => [keyOf(object), object]));
  for (const { sign, key, text } of marbles) {
    const exists = objects.has(key);
    if (exists === (sign === '+'))
      throw new Error(`${source.name}: ${key} ${exists ? 'exists already' : 'does not exist'}`);
    if (sign === '-') objects.delete(key);
    else objects.set(key, make(key, text));
  }
  source.replace(...objects.values());
}
