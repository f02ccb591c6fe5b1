/**
 * The help text of a table of settings.
 * @module
 */
import { flagOf, type Setting, type SettingsTable } from './setting.ts';

const MEANING_COLUMN = 38;
const WIDTH = 130;

/** Returns the lines of the help for settings under headings. */
export function settingsHelp(sections: readonly (readonly [heading: string, settings: SettingsTable])[]): string {
  return sections
    .map(([heading, settings]) => {
      const lines = Object.entries(settings).map(([key, setting]) => settingHelp(key, setting));
      return `${heading}:\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

function settingHelp(key: string, { form, meaning, shownFallback }: Setting<unknown>): string {
  const usage = `  ${flagOf(key)}${form === '' ? '' : ` ${form}`}`;
  const text = form === '' ? meaning : `${meaning} (${shownFallback})`;
  const [first = '', ...rest] = wrapped(text, WIDTH - MEANING_COLUMN);
  const indent = ' '.repeat(MEANING_COLUMN);
  const start = usage.length + 2 > MEANING_COLUMN ? `${usage}\n${indent}` : usage.padEnd(MEANING_COLUMN);
  return [`${start}${first}`, ...rest.map((line) => `${indent}${line}`)].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
