/**
 * How many terminal columns text takes. Input: one line of source. Output: the line as it is printed (tabs expanded,
 * control characters made visible) and the column of each of its UTF-16 positions.
 */
import { picture, steers } from "../../runtime/facts/terminal.js";

/** Wide per UAX #11: CJK scripts, full-width forms, and characters that terminals draw as emoji. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TAB_STOP = 4;

export interface Printed {
  readonly text: string;
  /** `columns[i]` is the terminal column (from 0) of UTF-16 position `i`; one entry past the end. */
  readonly columns: readonly number[];
}

/** Lays a line out. A control character prints as `␛`-like picture, so that source text cannot steer the terminal. */
export function layOut(line: string): Printed {
  const columns: number[] = [];
  let text = "";
  let column = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(line)) {
    const [shown, width] = cell(segment, column);
    for (let i = 0; i < segment.length; i++) columns.push(column);
    text += shown;
    column += width;
  }
  columns.push(column);
  return { text, columns };
}

function cell(segment: string, column: number): [string, number] {
  if (segment === "\t") {
    const width = TAB_STOP - (column % TAB_STOP);
    return [" ".repeat(width), width];
  }
  if (steers(segment)) {
    const shown = [...segment].map(picture).join("");
    return [shown, shown.length];
  }
  if (ZERO_WIDTH.test(segment)) return ["", 0];
  return [segment, WIDE.test(segment) ? 2 : 1];
}
