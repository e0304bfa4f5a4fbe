import stripAnsi from 'strip-ansi';

/**
 * Bidirectional and zero-width controls, soft hyphens, separators, fillers, tags and marks of annotations: they reorder,
 * break or hide what an operator reads.
 */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
/** An escape sequence that was opened and not closed: OSC, DCS, SOS, PM, APC, in both their 7-bit and 8-bit forms. */
const UNTERMINATED = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\n]*/g;
/** All of C0 but newline and tab, DEL, and C1. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
/** Text that all of the above, and every escape sequence, leaves as it is: nearly all that there is. */
const HARMLESS = /^[\n\t -~\u00a0-\u00ac\u00ae-\u02ff]*$/;

/**
 * What may be drawn of a string that came from outside (events, tags, DNS answers, script output): no control but
 * newline and tab, nothing that moves the cursor, recolours, reorders or hides text.
 */
export function sanitise(text: string): string {
  if (HARMLESS.test(text)) return text;
  return stripAnsi(text).replace(UNTERMINATED, '').replace(CONTROL, '').replace(INVISIBLE, '');
}

/** {@link sanitise} for a place that has one line: line breaks and tabs become single spaces. */
export function sanitiseLine(text: string): string {
  return sanitise(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
}
