/**
 * A catalogue example as it is shown to people. Input: the one-line text of `example` / `instead` (members of a class P,
 * `//module` before module-level text, `//cpu vN` for an instruction set). Output: TypeScript on several lines.
 */

export interface ExampleText {
  /** `--cpu` that the example needs, when it is not the default. */
  readonly cpu?: string;
  readonly code: string;
}

const INDENT = "  ";

/** Lays the example out as a file would show it: the class's members, then what stands beside the class. */
export function exampleText(example: string): ExampleText {
  const cpu = /\/\/cpu (v[1-4])\n/.exec(example)?.[1];
  const [members = "", module] = example.replace(/\/\/cpu v[1-4]\n/, "").split("//module");
  const parts = [`export class P {\n${indent(breakLines(members.trim()))}\n}`];
  if (module !== undefined) parts.unshift(breakLines(module.trim()));
  return { ...(cpu === undefined ? {} : { cpu }), code: parts.join("\n\n") };
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, INDENT);

/** Starts a line after `{`, `}` and `;` that stand outside parentheses, brackets and quotes. */
function breakLines(text: string): string {
  let out = "";
  let depth = 0;
  let inner = 0;
  let quote = "";
  const line = (): void => {
    out = `${out.trimEnd()}\n${INDENT.repeat(depth)}`;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== "") {
      out += c;
      if (c === quote) quote = "";
    } else if (`"'\``.includes(c)) {
      quote = c;
      out += c;
    } else if ("([".includes(c)) {
      inner++;
      out += c;
    } else if (")]".includes(c)) {
      inner--;
      out += c;
    } else if (inner > 0) out += c;
    else if (c === "{" && isBlock(out)) {
      depth++;
      out += c;
      line();
    } else if (c === "}" && depth > 0) {
      depth--;
      line();
      out += c;
      line();
    } else if (c === ";") {
      out += c;
      line();
    } else if (c !== " " || !/\n *$/.test(out)) out += c;
  }
  return tidy(out);
}

/** A brace opens a block unless an expression is expected before it (`= {`, `return {`, `: {`). */
const isBlock = (before: string): boolean => !/(=|return|,|=>)\s*$/.test(before);

const tidy = (text: string): string =>
  text
    .replace(/\}\n\s*(else|while)\b/g, "} $1")
    .replace(/\}\n\s*;/g, "};")
    .replace(/\n\s*\n/g, "\n")
    .trim();
