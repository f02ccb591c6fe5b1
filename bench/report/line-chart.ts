/**
 * Line charts as small SVG files: several lines over a logarithmic axis.
 * @module
 */
import { axisText, COLORS, escaped, niceMaximum, svg, text } from './svg.ts';

/** One line of a chart. */
export interface Line {
  readonly name: string;
  /** In the order of x, all above 0. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChart {
  readonly title: string;
  /** The unit of the horizontal axis, whose scale is logarithmic. */
  readonly axis: string;
  readonly lines: readonly Line[];
}

const [WIDTH, PLOT_HEIGHT, LEFT, RIGHT, TOP] = [640, 220, 60, 20, 40];
/** The height of a line of the legend, and the space for the axis. */
const [LEGEND_LINE, AXIS] = [18, 44];
const GRID_LINES = 4;

/** Returns the SVG of a chart. @throws RangeError if it has no points */
export function lineChart({ title, axis, lines }: LineChart): string {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const [least, most] = [xs[0], xs.at(-1)];
  if (least === undefined || most === undefined) throw new RangeError(`the chart ${title} has no points`);
  const maximum = niceMaximum(Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y))));
  const bottom = TOP + PLOT_HEIGHT;
  const span = Math.log(most / least) || 1;
  const xOf = (x: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(x / least)) / span;
  const yOf = (y: number): number => bottom - (PLOT_HEIGHT * y) / maximum;

  const grid = Array.from({ length: GRID_LINES + 1 }, (_, index) => {
    const value = (maximum * index) / GRID_LINES;
    const y = yOf(value).toFixed(1);
    return `<line x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}" class="grid"/>${text(LEFT - 6, yOf(value) + 4, axisText(value), 'end')}`;
  });
  const ticks = xs.map((x) => text(xOf(x), bottom + 18, axisText(x), 'middle'));
  const drawn = lines.map(({ points }, index) => {
    const color = COLORS[index % COLORS.length] ?? '';
    const path = points.map(({ x, y }) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`);
    const dots = path.map((at) => `<circle cx="${at.replace(',', '" cy="')}" r="3" fill="${color}"/>`).join('');
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots}`;
  });
  const legend = lines.map(({ name }, index) => {
    const y = bottom + AXIS + LEGEND_LINE * index;
    const color = COLORS[index % COLORS.length] ?? '';
    return `<rect x="${LEFT}" y="${y}" width="12" height="12" fill="${color}"/>${text(LEFT + 18, y + 11, name, 'start')}`;
  });
  const caption = [
    `<text x="${LEFT}" y="22" class="title">${escaped(title)}</text>`,
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 36, axis, 'middle'),
  ];
  const height = bottom + AXIS + LEGEND_LINE * lines.length + 8;
  return svg(WIDTH, height, [...caption, ...grid, ...ticks, ...drawn, ...legend]);
}
