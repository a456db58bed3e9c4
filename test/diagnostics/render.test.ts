import { describe, expect, test } from "vitest";
import type { Diagnostic, Span } from "../../compiler/diagnostics/diagnostic.js";
import { renderJson, renderSummary, renderText } from "../../compiler/diagnostics/render.js";

const FILE = "/home/dev/fw.ts";
const span = (line: number, column: number, endLine: number, endColumn: number): Span => ({
  file: FILE,
  line,
  column,
  endLine,
  endColumn,
});
const error = (message: string, at?: Span, help?: string): Diagnostic => ({
  code: "EB1003",
  severity: "error",
  message,
  ...(at ? { span: at } : {}),
  ...(help ? { help } : {}),
});
const text = (d: Diagnostic, source: string, color = false): string =>
  renderText([d], { color, cwd: "/home/dev", sources: (f) => (f === FILE ? source : undefined) });

/** Under which printed column (from 0) the squiggle starts, and its length. */
function squiggle(rendered: string): [number, number] {
  const line = rendered.split("\n").find((l) => l.includes("~")) ?? "";
  const start = line.indexOf("~");
  return [start - 2, line.lastIndexOf("~") - start + 1];
}

describe("text form", () => {
  test("place, code, frame, help", () => {
    expect(
      text(error("`new Box()` has no layout", span(2, 9, 2, 18), "Use a struct."), "a;\nlet b = new Box();\n"),
    ).toBe(
      [
        "fw.ts:2:9 - error EB1003: `new Box()` has no layout",
        "2 let b = new Box();",
        "          ~~~~~~~~~",
        "  help: Use a struct.",
        "",
      ].join("\n"),
    );
  });

  test("a tab goes to the next stop of four", () => {
    const out = text(error("x", span(1, 3, 1, 4)), "\ta\tb");
    expect(out).toContain("1     a   b");
    expect(squiggle(text(error("x", span(1, 2, 1, 3)), "\ta\tb"))).toEqual([4, 1]);
    expect(squiggle(text(error("x", span(1, 4, 1, 5)), "\ta\tb"))).toEqual([8, 1]);
  });

  test("wide characters take two columns, combining marks none", () => {
    expect(squiggle(text(error("x", span(1, 4, 1, 5)), "「名」z"))).toEqual([6, 1]);
    expect(squiggle(text(error("x", span(1, 3, 1, 4)), "e\u0301z"))).toEqual([1, 1]);
    expect(squiggle(text(error("x", span(1, 3, 1, 4)), "\u{1f600}z"))).toEqual([2, 1]);
  });

  test("a span over several lines shows its first and last line", () => {
    const source = "if (a) {\n  b;\n  c;\n  }";
    expect(
      text(error("x", span(1, 4, 4, 4)), source)
        .split("\n")
        .slice(1, 6),
    ).toEqual(["1 if (a) {", "     ~~~~~", "… ", "4   }", "    ~"]);
  });

  test("an empty span, one past the end of the line, and one past the end of the file", () => {
    expect(squiggle(text(error("x", span(1, 1, 1, 1)), "abc"))).toEqual([0, 1]);
    expect(squiggle(text(error("x", span(1, 4, 1, 9)), "abc"))).toEqual([3, 1]);
    expect(text(error("x", span(9, 1, 9, 2)), "abc")).toBe("fw.ts:9:1 - error EB1003: x\n");
  });

  test("a long line is cut around the place", () => {
    const line = `${"a".repeat(5_000)}HERE${"b".repeat(5_000)}`;
    const out = text(error("x", span(1, 5_001, 1, 5_005)), line).split("\n");
    const frame = out[1] ?? "";
    const [start, width] = squiggle(out.join("\n"));
    expect(frame.length).toBeLessThan(130);
    expect(frame.slice(start + 2, start + 2 + width)).toBe("HERE");
  });

  test("source and message cannot steer the terminal", () => {
    const out = text(error("bad \u001b[2J", span(1, 1, 1, 2)), "\u001b]0;title\u0007x");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must be absent.
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(out).toContain("␛[2J");
  });

  test("without a place, or without the source, there is no frame", () => {
    expect(text(error("no program"), "")).toBe("error EB1003: no program\n");
    expect(
      renderText([error("x", span(1, 1, 1, 2))], { color: false, cwd: "/home/dev", sources: () => undefined }),
    ).toBe("fw.ts:1:1 - error EB1003: x\n");
  });

  test("related places have their own frame", () => {
    const d = { ...error("twice", span(2, 5, 2, 6)), related: [{ message: "first here", span: span(1, 5, 1, 6) }] };
    expect(text(d, "let a;\nlet a;")).toContain("  fw.ts:1:5 - first here\n1 let a;\n      ~");
  });

  test("colours only when asked for", () => {
    const d = error("x", span(1, 1, 1, 2));
    expect(text(d, "a")).not.toContain("\u001b");
    expect(text(d, "a", true)).toContain("\u001b[31m");
  });

  test("summary", () => {
    const warning: Diagnostic = { code: "EB9001", severity: "warning", message: "w" };
    expect(renderSummary([])).toBe("");
    expect(renderSummary([error("x")])).toBe("Found 1 error.\n");
    expect(renderSummary([error("x"), error("y"), warning])).toBe("Found 2 errors and 1 warning.\n");
  });
});

test("JSON form has the contract's fields and nothing else", () => {
  expect(renderJson([error("m", span(1, 2, 3, 4), "h"), error("n")])).toEqual([
    {
      code: "EB1003",
      severity: "error",
      message: "m",
      file: FILE,
      line: 1,
      column: 2,
      endLine: 3,
      endColumn: 4,
      help: "h",
    },
    { code: "EB1003", severity: "error", message: "n" },
  ]);
});
