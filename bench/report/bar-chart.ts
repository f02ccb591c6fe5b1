/**
 * Bar charts as small SVG files: values beside their goals.
 * @module
 */
import { COLORS, escaped, svg, text } from './svg.ts';

/** One bar. */
export interface Bar {
  readonly name: string;
  /** From 0. Values above {@link BarChart.maximum} are cut. */
  readonly value: number;
  readonly goal: number;
  readonly label: string;
}

export interface BarChart {
  readonly title: string;
  readonly maximum: number;
  readonly bars: readonly Bar[];
}

const [WIDTH, LEFT, RIGHT, TOP, ROW] = [720, 330, 60, 36, 24];

/** Returns the SVG of a chart. A bar that reaches its goal has another color, and a line marks each goal. */
export function barChart({ title, maximum, bars }: BarChart): string {
  const widthOf = (value: number): number => (Math.min(value, maximum) / maximum) * (WIDTH - LEFT - RIGHT);
  const drawn = bars.map(({ name, value, goal, label }, index) => {
    const y = TOP + ROW * index;
    const width = widthOf(value);
    const color = COLORS[value >= goal ? 2 : 0] ?? '';
    const mark = (LEFT + widthOf(goal)).toFixed(1);
    return [
      text(LEFT - 8, y + 15, name, 'end'),
      `<rect x="${LEFT}" y="${y + 4}" width="${width.toFixed(1)}" height="14" fill="${color}"/>`,
      `<line x1="${mark}" y1="${y + 1}" x2="${mark}" y2="${y + 21}" class="goal"/>`,
      text(WIDTH - RIGHT + 8, y + 15, label, 'start'),
    ].join('');
  });
  const caption = `<text x="8" y="22" class="title">${escaped(title)}</text>`;
  return svg(WIDTH, TOP + ROW * bars.length + 10, [caption, ...drawn]);
}
