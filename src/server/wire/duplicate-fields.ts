/** A level of nesting: what is known of an object, or where in an array it is. */
type Level = { readonly path: string; readonly keys: Set<string> } | { readonly path: string; index: number };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The fields that a JSON text has more than once, as paths (`spec.tasks[0].name`), each once. The text must have been parsed before: nothing is
 * checked here. `JSON.parse` keeps the last of them and says nothing (api-semantics 6.1).
 */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  /** Where the value that begins next is. */
  let path = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    switch (token) {
      case '{':
        levels.push({ path: placeOf(level, path), keys: new Set() });
        break;
      case '[':
        levels.push({ path: placeOf(level, path), index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level !== undefined && 'index' in level) level.index += 1;
        break;
      default: {
        if (level === undefined || !('keys' in level) || !isKey(text, index + token.length)) break;
        const key = JSON.parse(token) as string;
        path = level.path === '' ? key : `${level.path}.${key}`;
        if (level.keys.has(key)) found.add(path);
        level.keys.add(key);
      }
    }
  }
  return [...found];
}

/** Where a container is: under the key before it, or at a place of an array. */
function placeOf(level: Level | undefined, path: string): string {
  return level !== undefined && 'index' in level ? `${level.path}[${level.index}]` : path;
}

/** Whether a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1;
  return text[at] === ':';
}
