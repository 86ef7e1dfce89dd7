import { InvalidArgumentError } from 'commander';

/** An option's value as a whole number from `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

/** An option's value as a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** An option's value as a share from 0 to 1, written `1%` or `0.01`. */
export function share(text: string): number {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)\s*(%)?$/.exec(text) ?? [];
  const value = number === '' ? Number.NaN : Number(number) / (percent === undefined ? 1 : 100);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a share such as 1% or 0.01.');
}

/** As `share`, but not 0. */
export function shareAbove0(text: string): number {
  const value = share(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be above 0, such as 2% or 0.02.');
}

/** A port of this machine. */
export function port(text: string): number {
  const value = wholeNumber(0)(text);
  if (value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}

/** A part of a file's name. */
export function fileNamePart(text: string): string {
  if (!/[/\\]/.test(text) && text !== '') return text;
  throw new InvalidArgumentError('It must be a name without a folder, such as nightly.');
}

/** An option's value as a comma-separated list. */
export function parseList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.every((item) => item !== '')) return items;
  throw new InvalidArgumentError('It must be a list such as task,input_tokens.');
}

/** An option that may be given again: all of its values. */
export function appendValue(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** An option's value as a time such as `90s`, `15m`, `2h` or `30d`, in milliseconds. */
export function timeSpan(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const unit = units[match?.[2] ?? ''];
  if (match && unit !== undefined && Number(match[1]) > 0) return Number(match[1]) * unit;
  throw new InvalidArgumentError('It must be a time such as 90s, 15m, 2h or 30d.');
}

/** Permissions as umask(2) takes them. */
export function octal(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('It must be three octal digits, such as 027.');
}

/** An option's value as NAME=REGEX, with those given before it. */
export function pattern(text: string, before: Record<string, RegExp> = {}): Record<string, RegExp> {
  const [, name, source] = /^([a-z][\w-]*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || source === undefined) {
    throw new InvalidArgumentError('It must be NAME=REGEX, such as customer=C-\\d{6}.');
  }
  try {
    return { ...before, [name]: new RegExp(source, 'gu') };
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
