import type { KubernetesObject } from './object.ts';
import type { Status } from './api-error.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** The annotation by which a client knows that the initial events are over (KEP 3157). Its value is `"true"`. */
export const initialEventsEndAnnotation = 'k8s.io/initial-events-end';

export interface Bookmark {
  readonly apiVersion: string;
  readonly kind: string;
  /** Everything the client selected up to this version has been sent. */
  readonly resourceVersion: string;
  /** Marks the end of the initial events. False by default. */
  readonly initialEventsEnd?: boolean | undefined;
}

/** The object of a BOOKMARK event, before any transform: it has a version and no name (api-semantics 2.2, 2.3). */
export function bookmarkObject({
  apiVersion,
  kind,
  resourceVersion,
  initialEventsEnd = false,
}: Bookmark): KubernetesObject {
  return {
    kind,
    apiVersion,
    metadata: {
      resourceVersion,
      ...(initialEventsEnd ? { annotations: { [initialEventsEndAnnotation]: 'true' } } : {}),
    },
  };
}

const frameStarts: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
};
const frameEnd = Buffer.from('}\n');
const newline = 0x0a;
const carriageReturn = 0x0d;

/** In valid JSON a raw line end stands only between tokens, where a space means the same. */
function onOneLine(json: Buffer): Buffer {
  return json.includes(newline) || json.includes(carriageReturn)
    ? Buffer.from(json.map((byte) => (byte === newline || byte === carriageReturn ? 0x20 : byte)))
    : json;
}

/**
 * A line of a watch stream around an object that is JSON already (api-semantics 2.7). Readers split at newlines, so there is exactly
 * one, at the end, even if the object was indented.
 */
export function watchFrame(type: WatchEventType, object: Buffer): Buffer {
  return Buffer.concat([frameStarts[type], onOneLine(object), frameEnd]);
}

/** The same around a value. */
export function watchFrameOf(type: WatchEventType, object: unknown): Buffer {
  return watchFrame(type, Buffer.from(JSON.stringify(object)));
}

/** A bookmark in the resource's own form. For a Table or partial watch, transform `bookmarkObject` and use `watchFrameOf`. */
export function bookmarkFrame(bookmark: Bookmark): Buffer {
  return watchFrameOf('BOOKMARK', bookmarkObject(bookmark));
}

/** An error in a stream that has begun; the server closes after it. It is a Status even on Table and partial watches. */
export function errorFrame(status: Status): Buffer {
  return watchFrameOf('ERROR', status);
}
