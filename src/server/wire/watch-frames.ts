/**
 * Frames of watch streams (conformance 2.7): one line of JSON for each event.
 * @module
 */
import type { KubernetesObject } from './object.ts';
import type { Status } from './api-error.ts';

export type WatchFrameType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** The annotation that marks the end of the initial events (KEP 3157). Its value is `"true"`. */
export const initialEventsEndAnnotation = 'k8s.io/initial-events-end';

/** The content of a bookmark. */
export interface Bookmark {
  readonly apiVersion: string;
  readonly kind: string;
  /** The server has sent all selected events up to this version. */
  readonly resourceVersion: string;
  /** Marks the end of the initial events. Default false. */
  readonly initialEventsEnd?: boolean | undefined;
}

/** Returns the object of a BOOKMARK event, before any transform. It has a version and no name (conformance 2.2, 2.3). */
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

const frameStarts: Readonly<Record<WatchFrameType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
};
const frameEnd = Buffer.from('}\n');
const newline = 0x0a;
const carriageReturn = 0x0d;

/** Replaces line ends by spaces. In valid JSON, line ends occur only between tokens, where spaces have the same meaning. */
function onOneLine(json: Buffer): Buffer {
  return json.includes(newline) || json.includes(carriageReturn)
    ? Buffer.from(json.map((byte) => (byte === newline || byte === carriageReturn ? 0x20 : byte)))
    : json;
}

/**
 * Returns the frame of an object that is already JSON. Clients split the stream at newlines, so the frame has only one newline, at its
 * end, even if the object is indented.
 */
export function watchFrame(type: WatchFrameType, object: Buffer): Buffer {
  return Buffer.concat([frameStarts[type], onOneLine(object), frameEnd]);
}

/** Returns the frame of a value. */
export function watchFrameOf(type: WatchFrameType, object: unknown): Buffer {
  return watchFrame(type, Buffer.from(JSON.stringify(object)));
}

/** Returns a bookmark in the form of the resource. For a Table or partial watch, transform `bookmarkObject` and use `watchFrameOf`. */
export function bookmarkFrame(bookmark: Bookmark): Buffer {
  return watchFrameOf('BOOKMARK', bookmarkObject(bookmark));
}

/** Returns the frame of an error. The server closes the stream after it. It is a Status even in Table and partial watches. */
export function errorFrame(status: Status): Buffer {
  return watchFrameOf('ERROR', status);
}
