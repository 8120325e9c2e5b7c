/**
 * Matches characters that can control a terminal, forge a line, hide text or change its order: control characters (C0, DEL, C1),
 * format characters (bidirectional controls, invisible ones), line separators, and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const CODE_UNIT = /[^]/g

/**
 * Returns a text for one line of a terminal, with every unsafe character escaped as in JSON: `\u001b`. Everything from outside
 * passes this on its way to the user: names, URLs, stored values, and the words of servers. It keeps JSON valid.
 */
export function clean(text: string): string {
  return text.replace(UNSAFE, character => character.replace(CODE_UNIT, escape))
}

const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
