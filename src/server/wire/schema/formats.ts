import { isCreditCard, isIsbn10, isIsbn13 } from './check-digits.ts';
import { isCidr, isEmail, isHostname, isIpv4, isIpv6, isMac, isRequestUri } from './internet-formats.ts';
import type { SchemaType } from './schema.ts';
import { textPattern } from './text-pattern.ts';
import { isDate, isDateTime, isDuration } from './time-formats.ts';

// The formats that the API server of Kubernetes 1.34 and later checks (apiextensions' validation/formats.go, kube-openapi's strfmt).

/** Whether a text is of a format. */
export type FormatCheck = (text: string) => boolean;

const matching = (pattern: string): FormatCheck => textPattern(pattern).matches;
function uuid(version: string, variant: string): FormatCheck {
  return matching(`(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`);
}

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const shortName = matching(`^${label}$`);
const longName = matching(`^${label}(?:\\.${label})*$`);
const color = '\\s*(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*';
const ssn = matching('^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$');

/** By name, without hyphens. */
const textFormats: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ['bsonobjectid', matching('^[0-9a-fA-F]{24}$')],
  ['byte', matching('^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$')],
  ['cidr', isCidr],
  ['creditcard', isCreditCard],
  ['date', isDate],
  ['datetime', isDateTime],
  ['duration', isDuration],
  ['email', isEmail],
  ['hexcolor', matching('^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$')],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['k8slongname', (text) => text.length <= 253 && longName(text)],
  ['k8sshortname', (text) => text.length <= 63 && shortName(text)],
  ['mac', isMac],
  ['password', () => true],
  ['rgbcolor', matching(`^rgb\\(${color},${color},${color}\\)$`)],
  ['ssn', (text) => text.length === 11 && ssn(text)],
  ['uri', isRequestUri],
  ['uuid', uuid('[0-9a-f]{4}', '[0-9a-f]{4}')],
  ['uuid3', uuid('3[0-9a-f]{3}', '[0-9a-f]{4}')],
  ['uuid4', uuid('4[0-9a-f]{3}', '[89ab][0-9a-f]{3}')],
  ['uuid5', uuid('5[0-9a-f]{3}', '[89ab][0-9a-f]{3}')],
]);

const numberFormats: Partial<Record<SchemaType, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** What of a format is checked where the value has one of the types (none given: any): `format` is empty where nothing is. */
export function formatCheck(
  format: string,
  types: readonly SchemaType[],
): { readonly format: string; readonly ofFormat: FormatCheck | undefined } {
  const type = types.length === 1 ? types[0] : undefined;
  if (type === undefined || type === 'string') {
    const ofFormat = textFormats.get(format.replaceAll('-', ''));
    return { format: ofFormat === undefined ? '' : format, ofFormat };
  }
  return { format: numberFormats[type]?.includes(format) === true ? format : '', ofFormat: undefined };
}
