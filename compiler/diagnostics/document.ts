/** The catalogue as a page for people: Markdown, one section per code, grouped by who has to act. Pure. */
import { type CatalogueEntry, type Code, catalogue } from "./catalogue.js";
import { exampleText } from "./example-text.js";
import { precheckExamples } from "./precheck-examples.js";

/** Titles of the ranges, by the code's first digit. */
const GROUPS: Readonly<Record<string, string>> = {
  "1": "Outside the language",
  "2": "Types and layout",
  "3": "Declarations",
  "4": "Limits",
  "5": "Rules of the kernel's verifier",
  "6": "The machine, files and options",
  "9": "Warnings",
};

const block = (title: string, example: string): string => {
  const { cpu, code } = exampleText(example);
  return `${title}${cpu ? ` (with \`--cpu ${cpu}\`)` : ""}:\n\n\`\`\`typescript\n${code}\n\`\`\`\n`;
};

function section(code: Code, entry: CatalogueEntry): string {
  const parts = [
    `### ${code}: ${entry.title}\n`,
    `${[entry.why, entry.help, entry.helpC && `In C: ${entry.helpC}`].filter(Boolean).join(" ")}\n`,
  ];
  if (entry.example !== undefined) parts.push(block("Rejected", entry.example));
  if (entry.instead !== undefined) parts.push(block("Instead", entry.instead));
  const c = precheckExamples[code];
  if (c !== undefined) {
    const text = (title: string, program: string): string => `${title}:\n\n\`\`\`c\n${program}\n\`\`\`\n`;
    parts.push(
      text(entry.example === undefined ? "Rejected" : "Rejected, in C", c.rejected),
      text("Instead", c.instead),
    );
  }
  return parts.join("\n");
}

/** `docs/diagnostics.md`, whole. */
export function diagnosticsDocument(): string {
  const head = [
    "# Diagnostics\n",
    "Every complaint of the compiler has a code that never changes its meaning; `ebpftsc explain CODE` prints what is here.",
    "Codes that begin with `TS` come from TypeScript's type checker. This page is generated from",
    "`compiler/diagnostics/catalogue.ts` by `npm run docs`.\n",
  ].join("\n");
  const groups = Object.entries(GROUPS).flatMap(([digit, title]) => {
    const entries = Object.entries(catalogue).filter(([code]) => code.charAt(2) === digit);
    if (entries.length === 0) return [];
    return [`## ${title}\n`, ...entries.map(([code, entry]) => section(code as Code, entry))];
  });
  return [head, ...groups].join("\n");
}
