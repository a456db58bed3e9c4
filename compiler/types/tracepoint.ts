/**
 * A tracepoint's format -> the context class of its handlers. Input: the text of tracefs `events/<category>/<name>/format`
 * (Documentation/trace/events.rst). Output: TypeScript. Offsets are the kernel's, so that no rule of layout is assumed.
 */

export interface TracepointField {
  readonly name: string;
  /** The class field's TypeScript type. */
  readonly type: string;
  readonly offset: number;
}

export interface TracepointFormat {
  readonly category: string;
  readonly name: string;
  readonly fields: readonly TracepointField[];
}

/** C types whose slot in a system call's record is wider than they are. */
const WIDTHS: Readonly<Record<string, string>> = {
  int: "i32",
  "unsigned int": "u32",
  unsigned: "u32",
  u32: "u32",
  __u32: "u32",
  s32: "i32",
  umode_t: "u16",
  pid_t: "i32",
  uid_t: "u32",
  gid_t: "u32",
  mode_t: "u32",
};

/** C types of dynamic arrays' elements; structs and masks are `unknown`. */
const ELEMENTS: Readonly<Record<string, string>> = {
  char: "char",
  u8: "u8",
  __u8: "u8",
  "unsigned char": "u8",
  u16: "u16",
  __u16: "u16",
  "unsigned short": "u16",
  u32: "u32",
  __u32: "u32",
  "unsigned int": "u32",
  int: "i32",
  s32: "i32",
  u64: "u64",
  __u64: "u64",
  "unsigned long": "u64",
  "unsigned long long": "u64",
  s64: "i64",
  long: "i64",
};

/** Programs may not read the first 8 bytes (kernel/trace/bpf_trace.c, tp_prog_is_valid_access). */
const COMMON_BYTES = 8;

const FIELD = /field:(.+?)\s*(\w+)(?:\[(\w*)\])?;\s*offset:(\d+);\s*size:(\d+);\s*signed:([01]);/g;

/** Reads a format; undefined when the text is none. */
export function parseTracepoint(category: string, name: string, text: string): TracepointFormat | undefined {
  const fields: TracepointField[] = [];
  for (const [, ctype = "", field = "", count, offset, size, signed] of text.matchAll(FIELD)) {
    const at = Number(offset);
    if (at < COMMON_BYTES) continue;
    const type = dynamicType(ctype) ?? typeOf(category, ctype, count, Number(size), signed === "1");
    fields.push({ name: fieldName(field), type, offset: at });
  }
  return fields.length > 0 ? { category, name, fields } : undefined;
}

const fieldName = (name: string): string => (name === "__syscall_nr" ? "syscallNr" : camel(name));

/** `__data_loc char[]` -> DataLoc<char>; undefined for a field with a size of its own. */
function dynamicType(ctype: string): string | undefined {
  const [, where, element = ""] = /^__(data|rel)_loc\s+(.+?)\s*(?:\[\])?$/.exec(ctype) ?? [];
  if (where === undefined) return undefined;
  return `${where === "data" ? "DataLoc" : "RelLoc"}<${ELEMENTS[element.replace(/^const /, "")] ?? "unknown"}>`;
}

function typeOf(category: string, ctype: string, count: string | undefined, size: number, signed: boolean): string {
  const plain = ctype
    .replace(/\b(const|struct|union|enum|volatile)\b/g, "")
    .replace(/\s+/g, " ")
    .trim();
  if (count !== undefined) return arrayOf(plain, Number(count), size, signed);
  if (plain.endsWith("*")) {
    // System calls get addresses of their caller's memory, other events of the kernel's.
    const pointer = category === "syscalls" ? "UserPtr" : "Ptr";
    return /^char \*$/.test(plain) ? `${pointer}<char>` : `${pointer}<unknown>`;
  }
  return WIDTHS[plain] ?? integer(size, signed);
}

function arrayOf(element: string, count: number, size: number, signed: boolean): string {
  const length = Number.isInteger(count) && count > 0 ? count : size;
  const bytes = Math.max(1, Math.trunc(size / length));
  if (element === "char") return `CString<${size}>`;
  return bytes === 1 ? `Bytes<${length}>` : `FixedArray<${integer(bytes, signed)}, ${length}>`;
}

const integer = (bytes: number, signed: boolean): string =>
  bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8 ? `${signed ? "i" : "u"}${bytes * 8}` : `Bytes<${bytes}>`;

const camel = (text: string): string => text.replace(/^_+/, "").replace(/_+(\w)/g, (_, c: string) => c.toUpperCase());

/** "SysEnterMkdirat" for sys_enter_mkdirat. */
export function contextClassName(name: string): string {
  const text = camel(name);
  return `${(text[0] ?? "").toUpperCase()}${text.slice(1)}`;
}

/** The class of one tracepoint. */
export function contextClass(format: TracepointFormat): string {
  const fields = format.fields.map((f) => `  @offset(${f.offset}) ${f.name}!: ${f.type};`);
  return `/** Context of \`${format.category}:${format.name}\`. */\n@struct\nexport class ${contextClassName(format.name)} {\n${fields.join("\n")}\n}\n`;
}

/** Types of the language that the classes use, as import specifiers in their order. */
export function importsOf(formats: readonly TracepointFormat[]): string[] {
  const text = formats.flatMap((f) => f.fields.map((x) => x.type)).join(" ");
  const used = new Set(text.match(/\b([ui]\d+|char|UserPtr|Ptr|DataLoc|RelLoc|CString|Bytes|FixedArray)\b/g) ?? []);
  if (/\bFixedArray<([ui]\d+)/.test(text))
    for (const [, t] of text.matchAll(/FixedArray<([ui]\d+)/g)) used.add(t ?? "");
  return [...[...used].map((t) => `type ${t}`), "offset", "struct"].sort((a, b) =>
    a.replace("type ", "").localeCompare(b.replace("type ", "")),
  );
}

/** A module that declares the contexts and registers them, so that `@tracepoint` checks its handlers against them. */
export function tracepointModule(formats: readonly TracepointFormat[]): string {
  const registry = formats.map((f) => `    "${f.category}/${f.name}": ${contextClassName(f.name)};`);
  return `// Generated by ebpftsc types. Layouts are those of the kernel that it ran on.
import { ${importsOf(formats).join(", ")} } from "ebpftsc";

${formats.map(contextClass).join("\n")}
declare module "ebpftsc" {
  interface Tracepoints {
${registry.join("\n")}
  }
}
`;
}
