/** Whether a JSON text is nested deeper than `deepest`, found without parsing it. */
export function isDeeperThan(deepest: number, text: string): boolean {
  if (!opensMoreThan(deepest, text)) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (quoted) at += code === 0x5c ? 1 : 0;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/**
 * Whether a text has more opening brackets than `most`, in strings or not. The engine's own search takes
 * a twentieth of the time of a loop over all characters, and hardly any record has so many.
 */
function opensMoreThan(most: number, text: string): boolean {
  let left = most;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/**
 * Levels that a record of a log may have: an OTLP trace needs some twenty around its own values, and
 * some thousand end the call stack of whoever walks through them.
 */
export const deepestRecord = 200;
