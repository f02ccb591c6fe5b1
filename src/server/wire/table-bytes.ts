import { humanAge } from './human-age.ts';
import type { KubernetesObject, ListMeta } from './object.ts';
import { columnDefinitions, type MetaVersion, type TableColumn } from './table.ts';
import { unreachable } from '../../unreachable.ts';

// A row of a Table is encoded when the object changes and read many times, later each time: everything but the ages is bytes, once.

/**
 * The cells of a row, encoded: segments of `{"cells":[…],"object":` with gaps where the ages stand. Segment i is followed by the age of
 * `timestamps[i]`, the last segment by the object.
 */
export interface EncodedCells {
  /** One more than timestamps. */
  readonly segments: readonly Buffer[];
  /** Milliseconds since the epoch; undefined is shown as `<unknown>`, NaN as `<invalid>`. */
  readonly timestamps: readonly (number | undefined)[];
}

/** Encodes the cells of a row, without its object. */
export function encodeCells<T extends KubernetesObject>(columns: readonly TableColumn<T>[], row: T): EncodedCells {
  const segments: Buffer[] = [];
  const timestamps: (number | undefined)[] = [];
  let text = '{"cells":[';
  for (const [index, column] of columns.entries()) {
    text += index === 0 ? '' : ',';
    switch (column.type) {
      case 'date': {
        const timestamp = column.value(row);
        timestamps.push(timestamp ? Date.parse(timestamp) : undefined);
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
 * Appends one row to the parts of a body. Nothing is copied; only the ages are made.
 *
 * @param object JSON of what `includeObject` asks for; undefined for None
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
    if (index < timestamps.length) parts.push(Buffer.from(humanAge(timestamps[index], now)));
  }
  parts.push(object ?? noObject, rowEnd);
}

/**
 * A Table up to and including `"rows":[`. Rows follow with `,` between them, then `tableEnd`.
 *
 * @param columns undefined leaves the definitions out (null): for all but the first event of a watch
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

/** What closes a Table after its rows. */
export const tableEnd: Buffer = Buffer.from(']}');
