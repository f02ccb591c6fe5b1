/**
 * The plots of the results: costs that grow, and ratios beside their goals.
 * @module
 */
import { barChart } from './bar-chart.ts';
import { lineChart } from './line-chart.ts';
import type { PartResult, Row } from './results.ts';
import { digits } from './table.ts';

/** A file with a plot. */
export interface Plot {
  readonly file: string;
  readonly content: string;
}

/** The unit of the ratios that the bars show. */
const OF_THE_FLOOR = 'of the floor';

/** Returns the plots of the parts: one for each plot and part, and one with all ratios of the floor. */
export function plotsOf(parts: readonly PartResult[]): readonly Plot[] {
  return [...parts.flatMap(growthPlots), ...ratioPlots(parts)];
}

function growthPlots({ part, rows }: PartResult): readonly Plot[] {
  const plots = Map.groupBy(rows, ({ point }) => point?.plot);
  plots.delete(undefined);
  return [...plots].map(([title = '', plotted], index) => {
    const lines = Map.groupBy(plotted, ({ point }) => point?.line ?? '');
    const content = lineChart({
      title,
      axis: plotted[0]?.point?.axis ?? '',
      lines: [...lines].map(([name, line]) => ({ name, points: line.map(pointOf) })),
    });
    return { file: index === 0 ? `${part}.svg` : `${part}-${index + 1}.svg`, content };
  });
}

function pointOf({ point, value }: Row): { readonly x: number; readonly y: number } {
  return { x: point?.x ?? 1, y: value };
}

function ratioPlots(parts: readonly PartResult[]): readonly Plot[] {
  const bars = parts
    .flatMap(({ rows }) => rows)
    .flatMap(({ what, value, unit, goal }) => {
      // Files have null for a missing value.
      if (unit !== OF_THE_FLOOR || goal === undefined || !('least' in goal) || !Number.isFinite(value)) return [];
      return [{ name: what, value, goal: goal.least, label: digits(value) }];
    });
  if (bars.length === 0) return [];
  const title = 'CPU of the floor over CPU of the server (higher is better; lines: goals)';
  return [{ file: 'ratios.svg', content: barChart({ title, maximum: 1, bars }) }];
}
