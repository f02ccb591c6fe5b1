/**
 * Compact JSON as indented JSON or as YAML, piece by piece. The value is never in memory as a whole, and the time is linear in its size.
 * @module
 */

/** Rewrites compact JSON. The pieces are the bytes of one JSON text, cut anywhere. */
export interface JsonLayout {
  /** Returns the text for a piece, as bytes. */
  push(piece: Buffer): Buffer;
  /** Returns the last bytes. */
  end(): Buffer;
}

/**
 * Deeper values are written in one line. Otherwise the indentation of a deep value could be a thousand times larger than the value.
 */
export const MAX_INDENTED_DEPTH = 32;

/** A string, a punctuation character, or another scalar. The pattern does not backtrack. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Splits JSON into tokens. Each byte is one character here, so a cut within a character of several bytes does no harm. */
abstract class TokenLayout implements JsonLayout {
  /** The characters of a token that is not complete. */
  #rest = '';
  protected text = '';

  push(piece: Buffer): Buffer {
    return this.#read(this.#rest + piece.toString('latin1'), false);
  }

  end(): Buffer {
    return this.#read(this.#rest, true);
  }

  #read(json: string, isLast: boolean): Buffer {
    this.text = '';
    let end = 0;
    for (const { 0: token, index } of json.matchAll(TOKEN)) {
      // A string without its end does not match: its content is matched as other tokens. A number may continue in the next piece.
      if (!isLast && (json.slice(end, index).includes('"') || index + token.length === json.length)) break;
      this.token(token);
      end = index + token.length;
    }
    this.#rest = json.slice(end);
    if (isLast) this.finish();
    return Buffer.from(this.text, 'latin1');
  }

  protected abstract token(token: string): void;
  protected abstract finish(): void;
}

/** Returns a layout with the result of `JSON.stringify(value, undefined, 2)`, except for values below {@link MAX_INDENTED_DEPTH}. */
export function indentedJson(): JsonLayout {
  return new IndentedJson();
}

class IndentedJson extends TokenLayout {
  #depth = 0;
  /** Whether the last token opened an array or object, which may be empty. */
  #isOpened = false;

  protected token(token: string): void {
    const isClosing = token === '}' || token === ']';
    if (isClosing) {
      const isIndented = !this.#isOpened && this.#depth <= MAX_INDENTED_DEPTH;
      this.#depth -= 1;
      if (isIndented) this.#newLine();
    } else if (this.#isOpened) this.#newLine();
    this.#isOpened = token === '{' || token === '[';
    if (this.#isOpened) this.#depth += 1;
    this.text += token;
    if (token === ':') this.text += ' ';
    if (token === ',') this.#newLine();
  }

  protected finish(): void {
    // Indented JSON ends without a newline, as in a kube-apiserver.
  }

  #newLine(): void {
    if (this.#depth <= MAX_INDENTED_DEPTH) this.text += `\n${'  '.repeat(this.#depth)}`;
  }
}

/** Returns a layout as YAML. Values below {@link MAX_INDENTED_DEPTH} are written as JSON, which is YAML. */
export function yamlOfJson(): JsonLayout {
  return new YamlOfJson();
}

/** An open object or array. */
interface Level {
  readonly isArray: boolean;
  readonly indent: string;
  /** Whether the first entry is written behind the `- ` of its parent. */
  isInline: boolean;
}

/** Strings that no reader of any version of YAML reads as another type: some read `e0` as a number. All others are quoted. */
const PLAIN = /^"[A-Za-z_][\w./-]*"$/;
const RESERVED = /^"(?:true|false|yes|no|on|off|y|n|null|nan|inf|infinity|e-?\d+)"$/i;
/** The maximum length of a key that is written without `? `. YAML allows 1024 characters. */
const MAX_SIMPLE_KEY = 1000;

class YamlOfJson extends TokenLayout {
  readonly #levels: Level[] = [];
  /** The opening bracket, until the next token shows whether the array or object is empty. */
  #opened = '';
  /** Whether the next string is a key. */
  #isKeyNext = false;
  /** The number of open brackets of a value that is written as JSON. */
  #flow = 0;

  protected token(token: string): void {
    if (this.#flow > 0) this.#inFlow(token);
    else if (this.#opened !== '' && (token === '}' || token === ']')) {
      this.#scalar(this.#opened + token);
      this.#opened = '';
    } else {
      if (this.#opened !== '') this.#open();
      if (this.#flow > 0) this.#inFlow(token);
      else this.#inBlock(token);
    }
  }

  protected finish(): void {
    // Every line is complete.
  }

  #inBlock(token: string): void {
    switch (token) {
      case '{':
      case '[':
        this.#opened = token;
        break;
      case '}':
      case ']':
        this.#levels.pop();
        this.#isKeyNext = false;
        break;
      case ',':
        this.#isKeyNext = this.#levels.at(-1)?.isArray === false;
        break;
      case ':':
        break;
      default:
        if (this.#isKeyNext) this.#key(token);
        else this.#scalar(plain(token));
    }
  }

  #key(token: string): void {
    const key = plain(token);
    this.#begin();
    const { indent = '' } = this.#levels.at(-1) ?? {};
    this.text += key.length > MAX_SIMPLE_KEY ? `? ${key}\n${indent}:` : `${key}:`;
    this.#isKeyNext = false;
  }

  /** Writes a value that fits on the line. */
  #scalar(text: string): void {
    this.#beginValue();
    this.text += `${text}\n`;
  }

  /** Begins a block, or a value in one line if it is too deep. The bracket is followed by content. */
  #open(): void {
    const bracket = this.#opened;
    this.#opened = '';
    if (this.#levels.length >= MAX_INDENTED_DEPTH) {
      this.#beginValue();
      this.text += bracket;
      this.#flow = 1;
      return;
    }
    const parent = this.#levels.at(-1);
    if (parent?.isArray === true) {
      this.#begin();
      this.text += '- ';
    } else if (parent !== undefined) this.text += '\n';
    const isArray = bracket === '[';
    this.#levels.push({
      isArray,
      indent: parent === undefined ? '' : `${parent.indent}  `,
      isInline: parent?.isArray === true,
    });
    this.#isKeyNext = !isArray;
  }

  #inFlow(token: string): void {
    this.text += token === ',' || token === ':' ? `${token} ` : token;
    if (token === '{' || token === '[') this.#flow += 1;
    if (token !== '}' && token !== ']') return;
    this.#flow -= 1;
    if (this.#flow === 0) this.text += '\n';
  }

  /** Begins an entry of the current level. */
  #begin(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    if (level.isInline) level.isInline = false;
    else this.text += level.indent;
  }

  /** Begins a value in one line: behind its key, behind `- `, or at the start of the text. */
  #beginValue(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    if (!level.isArray) {
      this.text += ' ';
      return;
    }
    this.#begin();
    this.text += '- ';
  }
}

function plain(token: string): string {
  return PLAIN.test(token) && !RESERVED.test(token) ? token.slice(1, -1) : token;
}
