/**
 * One encoder for each language that arb generates. Whatever comes from a policy, a config, a
 * workload or an answer reaches generated text through one of these and never between quotes by
 * hand; the results are printable ASCII, on one line, but for YAML.
 */
import { Document, type Node, Scalar, visit } from 'yaml';

/** JSON that is also a value of JavaScript, and safe in an HTTP header. */
export function jsonText(value: unknown): string {
  return escapeUnits(JSON.stringify(value));
}

/** An expression of TypeScript that gives the value (as JSON has it). */
export function typescriptValue(value: unknown): string {
  // Only as a computed name is this key one like any other.
  return jsonText(value).replaceAll(/("(?:[^"\\]|\\.)*")(:?)/g, (all, text: string, colon) =>
    colon === ':' && JSON.parse(text) === '__proto__' ? `[${text}]:` : all,
  );
}

/** An expression of Python that gives the value (as JSON has it). */
export function pythonValue(value: unknown): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'None';
  if (typeof value === 'string') return pythonString(value);
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${entries.map(([key, one]) => `${pythonString(key)}: ${pythonValue(one)}`).join(', ')}}`;
}

/** A string literal of Python: escapes name code points, not UTF-16 units as those of JSON do. */
function pythonString(value: string): string {
  return `"${escapePoints(value, (code) => (code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`))}"`;
}

/** A basic string of TOML, good for keys too. A lone surrogate, which TOML cannot say, is U+FFFD. */
export function tomlString(value: string): string {
  return `"${escapePoints(value.toWellFormed(), (code) => (code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`))}"`;
}

/** A string of CEL, of a value that is printable ASCII already. */
export const celString = (value: string) => jsonText(value);

/**
 * A YAML document that YAML 1.1 and 1.2 read alike: what either would take for a number, a date, a
 * flag or a line break is quoted and escaped. The comment goes before it.
 */
export function yamlText(value: unknown, comment?: string): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    // Half of a surrogate pair, which JSON can hold, is no text to other readers of YAML.
    Scalar(_, node) {
      if (typeof node.value === 'string') node.value = node.value.toWellFormed();
    },
  });
  const text = yamlDocument(document);
  return comment === undefined ? text : `${hashComment(comment)}\n${text}`;
}

/** The same of a document that has been laid out. */
export function yamlDocument(document: Document): string {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      // `=` alone is a tag of YAML 1.1 that PyYAML cannot construct.
      // A tab may stand where PyYAML wants the blanks that indent a block.
      const text = node.value;
      const isQuoted =
        text === '=' || text.includes('\t') || unprintable.test(text) || isCommand(text);
      if (isQuoted) node.type = Scalar.QUOTE_DOUBLE;
    },
  } satisfies { Scalar: (key: unknown, node: Scalar & Node) => void });
  // What matches can only stand in a double-quoted scalar by now.
  return document
    .toString({ lineWidth: 100, flowCollectionPadding: false })
    .replaceAll(new RegExp(unprintable, 'gu'), (char) => yamlEscape(char.codePointAt(0) ?? 0))
    .replaceAll(/##(?=\[|vso\[)/g, '#\\x23')
    .replaceAll(/(?<=[ \n])::/g, ':\\x3a');
}

/** What a CI would carry out where the text is printed: a line may be broken at a blank. */
const isCommand = (text: string) => /(?:^|\s)::|##(?:\[|vso\[)/.test(text);

/** Line breaks of YAML 1.1, control characters, marks of byte and reading order, private and unassigned ends. */
const unprintable =
  /[\u007f-\u00a0\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

const yamlEscape = (code: number) => (code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);

/** One line after `#`, for Python, YAML, TOML and shells. */
export const hashComment = (text: string) => `# ${plainLine(text)}`;

/** One line after `//`, for TypeScript. */
export const slashComment = (text: string) => `// ${plainLine(text)}`;

/** A line of a Python docstring. */
export const docstringLine = (text: string) => plainLine(text).replaceAll('"', "'");

/** Printable ASCII on one line; what is not becomes its escape, a backslash a slash. */
function plainLine(text: string): string {
  return escapePoints(text.replaceAll('\\', '/'), (code) => `(U+${hex(code, 4)})`, '');
}

/** A word of a POSIX shell. */
export function shellWord(value: string): string {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'\\''`).replaceAll('\0', '')}'`;
}

/** A word of fish. */
export const fishWord = (value: string) => `'${value.replaceAll(/[\\']/g, '\\$&')}'`;

/** Text in a spec of zsh's completion, of which `shellWord` makes a word. */
export const zshSpecText = (value: string) => value.replaceAll(/[\\:[\]]/g, '\\$&');

/** A value as an HTTP header can hold it: printable ASCII, all else and `%` percent-encoded. */
export function headerText(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/^ | $|[^ -$&-~]+/g, (part) => (part === ' ' ? '%20' : encodeURIComponent(part)));
}

/**
 * Text in Markdown that stays text: no markup, link, HTML or cell border, on one line.
 */
export function markdownText(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/[\\`*_{}[\]<>()#+\-.!|~&@:/$^=]/g, (char) => `&#${char.codePointAt(0)};`);
}

function escapePoints(value: string, escapeOne: (code: number) => string, escaped = '"\\'): string {
  return Array.from(value, (char) => {
    if (char >= ' ' && char <= '~') return escaped.includes(char) ? `\\${char}` : char;
    return escapeOne(char.codePointAt(0) ?? 0);
  }).join('');
}

function escapeUnits(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
