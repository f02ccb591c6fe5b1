/**
 * A setting of a command, and the kinds of values that settings have.
 *
 * A table of settings is an object whose keys are the keys of the configuration file. Flags and environment variables are derived from them:
 *
 * ```
 *   shutdown.watchGracePeriod   --shutdown-watch-grace-period   KUBEFACET_SHUTDOWN_WATCH_GRACE_PERIOD
 * ```
 * @module
 */
import { goDuration } from '../../server/http/go-duration.ts';

/** A setting with values of type `V`. */
export interface Setting<V> {
  /** The form of the value in the help: `PATH`. Empty for a flag without a value. */
  readonly form: string;
  /** One sentence without a period, for the help and the documentation. */
  readonly meaning: string;
  /** The value if the setting is missing. */
  readonly fallback: V;
  /** The fallback, as the help shows it. */
  readonly shownFallback: string;
  /** Parses a value. @throws Error whose message says how the value must be */
  readonly parse: (text: string) => V;
  /** Whether the configuration file may contain it. */
  readonly inFile: boolean;
}

/** The settings of a command, by key. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings, by key. */
export type SettingValues<Table extends SettingsTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Setting<infer V> ? V : never;
};

/** Returns the text of a setting with its name in the source, or undefined if the source does not have it. */
export type SettingsSource = (key: string) => { readonly name: string; readonly text: string } | undefined;

/** Returns the flag of a setting: `--serve-port` for `serve.port`. */
export function flagOf(key: string): string {
  return `--${flagNameOf(key)}`;
}

/** Returns the flag without its dashes. */
export function flagNameOf(key: string): string {
  return key.replaceAll('.', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns the environment variable of a setting: `KUBEFACET_SERVE_PORT` for `serve.port`. */
export function variableOf(key: string): string {
  return `KUBEFACET_${flagNameOf(key).replaceAll('-', '_').toUpperCase()}`;
}

/** A text. `shownFallback` describes what happens without it. */
export function textSetting(form: string, meaning: string, shownFallback: string): Setting<string | undefined> {
  return { form, meaning, fallback: undefined, shownFallback, parse: nonEmpty, inFile: true };
}

/** A list of texts, separated by commas; in the file also a list. */
export function listSetting(
  form: string,
  meaning: string,
  shownFallback: string,
): Setting<readonly string[] | undefined> {
  const parse = (text: string): string[] => text.split(',').map((part) => nonEmpty(part.trim()));
  return { form, meaning, fallback: undefined, shownFallback, parse, inFile: true };
}

/** One of several words. */
export function choiceSetting<V extends string>(
  choices: readonly [V, ...V[]],
  meaning: string,
  fallback: NoInfer<V>,
): Setting<V> {
  const parse = (text: string): V => {
    const choice = choices.find((one) => one === text);
    if (choice === undefined) throw new Error(`must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`);
    return choice;
  };
  return { form: choices.join('|'), meaning, fallback, shownFallback: fallback, parse, inFile: true };
}

/** A setting without a value of its own if it is missing. `shownFallback` describes what happens then. */
export function optionalSetting<V>(setting: Setting<V>, shownFallback: string): Setting<V | undefined> {
  return { ...setting, fallback: undefined, shownFallback };
}

/** A switch, which is off without a value. */
export function switchSetting(meaning: string): Setting<boolean> {
  const parse = (text: string): boolean => {
    if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
    return text === 'true';
  };
  return { form: '', meaning, fallback: false, shownFallback: 'false', parse, inFile: true };
}

/** A whole number. */
export function numberSetting(
  meaning: string,
  fallback: number,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: { readonly minimum?: number; readonly maximum?: number } = {},
): Setting<number> {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of ${minimum} or more` : `from ${minimum} to ${maximum}`;
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < minimum || value > maximum)
      throw new Error(`must be a whole number ${range}`);
    return value;
  };
  return { form: 'N', meaning, fallback, shownFallback: String(fallback), parse, inFile: true };
}

/** The name of a ServiceAccount. */
export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

/** A ServiceAccount or a Service: `kubefacet/kubefacet`. */
export function accountSetting(meaning: string, shownFallback: string): Setting<AccountName | undefined> {
  const parse = (text: string): AccountName => {
    const [, namespace = '', name = ''] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(text) ?? [];
    if (name === '') throw new Error('must be like kubefacet/kubefacet');
    return { namespace, name };
  };
  return { form: 'NAMESPACE/NAME', meaning, fallback: undefined, shownFallback, parse, inFile: true };
}

/** A share: `0.001`. */
export function fractionSetting(meaning: string, fallback: number, maximum: number): Setting<number> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || value > maximum) throw new Error(`must be a number from 0 to ${maximum}`);
    return value;
  };
  return { form: 'SHARE', meaning, fallback, shownFallback: String(fallback), parse, inFile: true };
}

const UNITS: readonly (readonly [suffix: string, bytes: number])[] = [
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
];

/** A size in bytes: `65536`, `64Ki`, `3Mi`, `1Gi`. */
export function bytesSetting(meaning: string, fallback: number, minimum = 0): Setting<number> {
  const parse = (text: string): number => {
    const [, amount = '', suffix] = /^([0-9]+)([KMG]i)?$/.exec(text) ?? [];
    const value = Number(amount) * (UNITS.find(([unit]) => unit === suffix)?.[1] ?? 1);
    if (amount === '' || value < minimum || !Number.isSafeInteger(value)) {
      throw new Error(`must be a number of bytes of ${minimum} or more, like 65536, 64Ki, 3Mi or 1Gi`);
    }
    return value;
  };
  return { form: 'BYTES', meaning, fallback, shownFallback: bytesText(fallback), parse, inFile: true };
}

/** Timers of Node.js count at most 24 days. No setting needs more than one. */
const MAX_DURATION_MS = 86_400_000;

/** A time in Go's format: `500ms`, `30s`, `1m30s`. Its value is in milliseconds. */
export function durationSetting(meaning: string, fallback: number, minimum = 0): Setting<number> {
  const parse = (text: string): number => {
    const value = durationOf(text);
    if (value < minimum || value > MAX_DURATION_MS) {
      throw new Error(`must be from ${durationText(minimum)} to ${durationText(MAX_DURATION_MS)}`);
    }
    return value;
  };
  return { form: 'TIME', meaning, fallback, shownFallback: durationText(fallback), parse, inFile: true };
}

function durationOf(text: string): number {
  try {
    return Math.round(goDuration(text));
  } catch (error) {
    throw new Error('must be a time like 500ms, 30s, 3m or 1h', { cause: error });
  }
}

function nonEmpty(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

/** Returns a size in the form that Kubernetes uses: `512Mi`. */
export function bytesText(bytes: number): string {
  const [suffix, size] = UNITS.find(([, unit]) => bytes >= unit && bytes % unit === 0) ?? ['', 1];
  return `${bytes / size}${suffix}`;
}

function durationText(ms: number): string {
  if (ms === 0) return '0';
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
