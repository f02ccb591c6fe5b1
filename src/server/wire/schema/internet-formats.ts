/**
 * Formats of addresses and names (kube-openapi's strfmt and govalidator, over Go's net, net/url and net/mail).
 * @module
 */
import { isIP, isIPv6 } from 'node:net';
import { textPattern } from './text-pattern.ts';

const hostname = textPattern(
  '^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$',
);

/**
 * Returns whether the text is one label, or several labels of which the last has at least two letters. International names are valid
 * too.
 */
export function isHostname(text: string): boolean {
  return (
    Buffer.byteLength(text) <= 255 &&
    hostname.matches(text) &&
    text.split('.').every((part) => Buffer.byteLength(part) <= 63)
  );
}

/** Removes leading zeros from the numbers of an IPv4 address. */
const plainIp = (text: string): string => text.replaceAll(/(^|[.:])0+(?=\d{1,3}(?:\.|$))/g, '$1');

const ipVersion = (text: string): number => (text.length > 64 || text.includes('%') ? 0 : isIP(plainIp(text)));

export function isIpv4(text: string): boolean {
  return text.includes('.') && ipVersion(text) !== 0;
}

export function isIpv6(text: string): boolean {
  return !text.includes('%') && isIPv6(text);
}

const prefix = /^\d{1,7}$/;

export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const version = ipVersion(text.slice(0, slash));
  const length = text.slice(slash + 1);
  return version !== 0 && prefix.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

const macs = ['[:]', '[-]'].map((separator) =>
  textPattern(
    `^[0-9a-fA-F]{2}(?:(?:${separator}[0-9a-fA-F]{2}){5}|(?:${separator}[0-9a-fA-F]{2}){7}|(?:${separator}[0-9a-fA-F]{2}){19})$`,
  ),
);
const dottedMac = textPattern(
  '^[0-9a-fA-F]{4}(?:(?:\\.[0-9a-fA-F]{4}){2}|(?:\\.[0-9a-fA-F]{4}){3}|(?:\\.[0-9a-fA-F]{4}){9})$',
);

/**
 * Returns whether the text is an address of 6, 8 or 20 bytes, in pairs of digits with colons or hyphens, or in groups of four with
 * dots.
 */
export function isMac(text: string): boolean {
  return [...macs, dottedMac].some((one) => one.matches(text));
}

const atom = '[^\\x00-\\x20()<>\\[\\]:;@\\\\,."\\x7f]+';
const quotedText = '"(?:[^"\\\\\\x00-\\x1f]|\\\\[\\x20-\\x7e])*"';
const address = `(?:${atom}(?:\\.${atom})*|${quotedText})@(?:${atom}(?:\\.${atom})*|\\[[^\\[\\]\\x00-\\x20]+\\])`;
const email = textPattern(
  `^[ \\t]*(?:${address}|(?:(?:${atom}|${quotedText})(?:[ \\t.]+(?:${atom}|${quotedText}))*[ \\t]*)?<${address}>)[ \\t]*$`,
);

/** Returns whether the text is an address as in the header of a mail: `a@b.c`, or `Name <a@b.c>`. Comments are not supported. */
export function isEmail(text: string): boolean {
  return email.matches(text);
}

const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
const badEscape = /%(?![0-9a-fA-F]{2})/;
const host = textPattern(
  '^(?:\\[[0-9a-fA-F:.]+(?:%25[^\\]]+)?\\]|(?:[a-zA-Z0-9_.~!$&\'()*+,;="<>-]|%[89a-fA-F][0-9a-fA-F]|[^\\x00-\\x7f])*)(?::[0-9]*)?$',
);
const userInfo = textPattern("^[a-zA-Z0-9._:~!$&'()*+,;=%@-]*$");

/** Returns whether the text is valid in the first line of an HTTP request: an absolute URI or an absolute path. */
export function isRequestUri(text: string): boolean {
  if (text === '*') return true;
  // oxlint-disable-next-line no-control-regex
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text)) return false;
  const found = scheme.exec(text);
  const query = text.indexOf('?');
  const rest = text.slice(found?.[0].length ?? 0, query < 0 ? undefined : query);
  if (!rest.startsWith('/')) return found !== null;
  if (found === null || !rest.startsWith('//') || rest.startsWith('///')) return !badEscape.test(rest);
  const end = rest.indexOf('/', 2);
  const authority = rest.slice(2, end < 0 ? undefined : end);
  const at = authority.lastIndexOf('@');
  return (
    !badEscape.test(rest) &&
    host.matches(authority.slice(at + 1)) &&
    (at < 0 || userInfo.matches(authority.slice(0, at)))
  );
}
