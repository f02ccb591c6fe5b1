/**
 * Texts of errors that come from outside of the server, for clients: from the cluster, from stores and from credentials.
 * @module
 */

/** The parts of a text that clients must not see, in the order in which they are replaced. */
const HIDDEN: readonly (readonly [part: RegExp, replacement: string])[] = [
  // A stack. The rest of the text belongs to it.
  [/\n\s+at .*/s, ''],
  [/\s+/g, ' '],
  // The output of a plugin may contain anything.
  [/\bexec plugin .*/, 'exec plugin failed'],
  // Node's texts about certificates list the names of the server.
  [/ does not match certificate's altnames.*/, ' does not match the certificate'],
  // A URL.
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>()]*[^\s"'`<>().,;:]/gi, '[address]'],
  // The address or host name in an error of a socket.
  [/(?<=\b(?:ENOTFOUND|EAI_AGAIN|E(?:CONN|HOST|NET)[A-Z]+|ETIMEDOUT) )[^\s"'`,;]+/g, '[address]'],
  // IPv4, IPv6 (which may end with IPv4), and a host name with a port.
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.]*\w)/g, '[address]'],
  [/(?<![\w:])\[?[0-9a-f]*:(?:[0-9a-f]*:)+[0-9a-f.]*\]?(?::\d+)?(?!\w)/gi, '[address]'],
  [/(?<![\w./-])(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+):\d{1,5}(?!\w)/gi, '[address]'],
  [/(?:\[address\]){2,}/g, '[address]'],
  // A path of a file. Paths of the API stay.
  [/(?<![\w/.\\-])[a-z]:\\[^\s"'`,;:()]+/gi, '[file]'],
  [
    /(?<![\w/.-])(?:~|\.{1,2})?\/(?!(?:apis?|openapi|readyz|livez|healthz)(?:\/|\b))[\w.@~+%-]+(?:\/[\w.@~+%-]*)*/g,
    '[file]',
  ],
];

/** The maximum number of characters of a text. The expressions take time in proportion to its square. */
const MAX_LENGTH = 4096;

/**
 * Returns a text without URLs, addresses, paths of files and stacks, on one line. The log of the server has the whole text.
 * @example
 * clientText("can't reach https://10.0.0.1:6443: connect ECONNREFUSED 10.0.0.1:6443")
 * // can't reach [address]: connect ECONNREFUSED [address]
 */
export function clientText(text: string): string {
  const start = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)} ...` : text;
  return HIDDEN.reduce((shown, [part, replacement]) => shown.replace(part, replacement), start).trim();
}
