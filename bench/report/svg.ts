/**
 * The parts that all charts share. The colors can be read on a light and on a dark page.
 * @module
 */

/** Colors that differ for people with any kind of color vision (Okabe and Ito). */
export const COLORS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999', '#8a6d00'];

const STYLE =
  'text{font:12px sans-serif;fill:#777}.title{font-weight:bold;font-size:14px}.grid{stroke:#7777;stroke-width:.5}.goal{stroke:#777;stroke-width:2}';

/** Returns an SVG document of these parts. */
export function svg(width: number, height: number, parts: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n<style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}

export function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Returns the least number that is not less than `value` and is 1, 2, 4 or 8 times a power of ten. */
export function niceMaximum(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 8, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** Returns a number for an axis: `50k`, `0.25`. */
export function axisText(value: number): string {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}
