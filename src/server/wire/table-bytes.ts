/**
 * Rows of Tables as bytes. A row is encoded once, when its object changes, and read many times later. Only the ages are written at each
 * read.
 * @module
 */
import { type AgeOptions, humanAge, timeOf } from './human-age.ts';
import type { KubernetesObject, ListMeta } from './object.ts';
import { columnDefinitions, type MetaVersion, type TableColumn } from './table.ts';
import { unreachable } from '../../unreachable.ts';

/**
 * The encoded cells of a row: segments of `{"cells":[…],"object":` with gaps for the ages. The age of `timestamps[i]` follows segment i;
 * the object follows the last segment.
 */
export interface EncodedCells {
  /** One more element than `timestamps`. */
  readonly segments: readonly Buffer[];
  readonly timestamps: readonly Timestamp[];
}

/** The time whose age a cell shows. */
export interface Timestamp extends AgeOptions {
  /** Milliseconds since the epoch. The age of undefined is `<unknown>`, and that of NaN is `<invalid>`. */
  readonly time: number | undefined;
}

/** Encodes the cells of a row, without its object. */
export function encodeCells<T extends KubernetesObject>(columns: readonly TableColumn<T>[], row: T): EncodedCells {
  const segments: Buffer[] = [];
  const timestamps: Timestamp[] = [];
  let text = '{"cells":[';
  for (const [index, column] of columns.entries()) {
    text += index === 0 ? '' : ',';
    switch (column.type) {
      case 'date': {
        timestamps.push({ time: timeOf(column.value(row)), future: column.future });
        segments.push(Buffer.from(`${text}"`));
        text = '"';
        break;
      }
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
        text += JSON.stringify(column.value(row) ?? null);
        break;
      default:
        unreachable(column);
    }
  }
  segments.push(Buffer.from(`${text}],"object":`));
  return { segments, timestamps };
}

const noObject = Buffer.from('null');
const rowEnd = Buffer.from('}');

/**
 * Appends one row to the parts of a body. It does not copy the encoded cells, and writes only the ages.
 * @param object the JSON for `rows[].object`; undefined for None
 * @param now milliseconds since the epoch
 */
export function pushRow(
  parts: Buffer[],
  { segments, timestamps }: EncodedCells,
  object: Buffer | undefined,
  now: number,
): void {
  for (const [index, segment] of segments.entries()) {
    parts.push(segment);
    const timestamp = timestamps[index];
    if (timestamp !== undefined) parts.push(Buffer.from(humanAge(timestamp.time, now, timestamp)));
  }
  parts.push(object ?? noObject, rowEnd);
}

/**
 * Returns the start of a Table up to `"rows":[`. Rows follow with `,` between them, then `tableEnd`.
 * @param columns undefined for all events of a watch except the first, because they have no column definitions
 */
export function tableStart(
  version: MetaVersion,
  metadata: ListMeta,
  columns: readonly TableColumn<never>[] | undefined,
): Buffer {
  const definitions = columns === undefined ? null : columnDefinitions(columns);
  return Buffer.from(
    `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)},` +
      `"columnDefinitions":${JSON.stringify(definitions)},"rows":[`,
  );
}

/** The end of a Table, after its rows. */
export const tableEnd: Buffer = Buffer.from(']}');
