/**
 * Emits a module: maps, globals, functions and the debug info that becomes BTF. Input: valid HIR. Output: the text of an
 * LLVM 19 module for the bpfel target, deterministic for equal input.
 */

import { CONTEXT_STRUCTS } from "../../runtime/facts/context-structs.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import type { Span } from "../diagnostics/diagnostic.js";
import type { HirFunction, HirGlobal, HirMap, HirModule, HirTailTable } from "../hir/nodes.js";
import { alignOf, type HirType } from "../hir/types.js";
import { KernelBounds } from "./bounds.js";
import { emitExpression } from "./expressions.js";
import { FunctionEmitter, type Lowering } from "./function.js";
import { functionsToInline } from "./inlining.js";
import { type MapMember, Metadata } from "./metadata.js";
import { emitStatements } from "./statements.js";
import { byteString, globalName, quote } from "./text.js";

export interface EmitOptions {
  readonly cpu: 1 | 2 | 3 | 4;
  /** The text of a source file, for line info. */
  readonly sources: (file: string) => string;
}

/** include/uapi/linux/bpf.h, enum bpf_map_type. */
const DATA_LAYOUT = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128";

export function emitModule(module: HirModule, options: EmitOptions): string {
  return new ModuleEmitter(module, options).emit();
}

export class ModuleEmitter {
  readonly cpu: 1 | 2 | 3 | 4;
  /** Names of functions that become part of their callers. */
  readonly inlined: ReadonlySet<string>;
  /** What the verifier sees of values. */
  readonly bounds: KernelBounds;
  private readonly metadata: Metadata;
  private readonly unit: string;
  private readonly globals: string[] = [];
  private readonly variables: string[] = [];
  private readonly kept: string[] = [];
  private counter = 0;

  constructor(
    private readonly module: HirModule,
    options: EmitOptions,
  ) {
    this.cpu = options.cpu;
    this.inlined = functionsToInline(module);
    this.bounds = new KernelBounds(module);
    this.metadata = new Metadata(options.sources);
    this.unit = this.metadata.reserve();
  }

  /** A number that no other barrier of the module has, so that LLVM never merges two. */
  unique(): number {
    return this.counter++;
  }

  emit(): string {
    const { module, metadata } = this;
    this.license(module.license);
    for (const map of module.maps) this.map(map);
    for (const global of module.globals) this.global(global);
    if (module.tails) this.tailTable(module.tails);
    const functions = module.functions.map((fn) => new FunctionEmitter(this, fn, LOWERING).emit());
    metadata.set(
      this.unit,
      `distinct !DICompileUnit(language: DW_LANG_C11, file: ${metadata.file(module.file)}, producer: "ebpftsc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: ${metadata.list(this.variables)}, splitDebugInlining: false, nameTableKind: None)`,
    );
    // DWARF 4: version 5 would repeat the source text in another section.
    const flags = [
      metadata.add(`!{i32 7, !"Dwarf Version", i32 4}`),
      metadata.add(`!{i32 2, !"Debug Info Version", i32 3}`),
    ];
    return [
      `source_filename = ${quote(module.file.replace(/^.*\//, ""))}`,
      `target datalayout = "${DATA_LAYOUT}"`,
      `target triple = "bpfel"`,
      ...this.globals,
      `@llvm.compiler.used = appending global [${this.kept.length} x ptr] [${this.kept.map((k) => `ptr ${k}`).join(", ")}], section "llvm.metadata"`,
      ...functions,
      ...DECLARATIONS,
      `!llvm.dbg.cu = !{${this.unit}}`,
      `!llvm.module.flags = !{${flags.join(", ")}}`,
      metadata.text(),
      "",
    ].join("\n");
  }

  private license(text: string): void {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const type = this.metadata.array(this.metadata.basic("char"), bytes.length, bytes.length * 8);
    this.variable(
      "LICENSE",
      `dso_local global [${bytes.length} x i8] ${byteString(bytes)}, section "license", align 1`,
      type,
      undefined,
    );
  }

  private variable(name: string, definition: string, type: string, span: Span | undefined): void {
    const { metadata } = this;
    const file = metadata.file(span?.file ?? this.module.file);
    const node = metadata.add(
      `distinct !DIGlobalVariable(name: ${quote(name)}, scope: ${this.unit}, file: ${file}, line: ${span?.line ?? 1}, type: ${type}, isLocal: false, isDefinition: true)`,
    );
    const expression = metadata.add(`!DIGlobalVariableExpression(var: ${node}, expr: !DIExpression())`);
    this.variables.push(expression);
    this.globals.push(`${globalName(name)} = ${definition}, !dbg ${expression}`);
    this.kept.push(globalName(name));
  }

  private map(map: HirMap): void {
    const members: MapMember[] = [
      { name: "type", value: map.mapType },
      { name: "max_entries", value: map.maxEntries },
    ];
    if (map.flags) members.push({ name: "map_flags", value: map.flags });
    if (map.pinning) members.push({ name: "pinning", value: 1 });
    if (map.numaNode !== undefined) members.push({ name: "numa_node", value: map.numaNode });
    if (map.mapExtra !== undefined) members.push({ name: "map_extra", value: Number(map.mapExtra) });
    if (map.key) members.push({ name: "key", value: map.key });
    if (map.value) members.push({ name: "value", value: map.value });
    const type = this.metadata.mapType(members);
    this.variable(
      map.name,
      `dso_local global [${members.length} x ptr] zeroinitializer, section ".maps", align 8`,
      type,
      map.span,
    );
    if (map.record) this.recordType(map, map.record);
  }

  /**
   * A ring buffer's record type is nowhere in the map's definition (the kernel refuses a value size there), so a pointer
   * variable in a section that loaders skip carries it in the BTF.
   */
  private recordType(map: HirMap, record: HirType): void {
    const type = this.metadata.pointer(this.metadata.type(record));
    this.variable(
      `__record_${map.name}`,
      `dso_local global ptr null, section ".ebpftsc.records", align 8`,
      type,
      map.span,
    );
  }

  private global(global: HirGlobal): void {
    const { metadata } = this;
    const section = { config: ".rodata", rodata: ".rodata", data: ".data", bss: ".bss" }[global.storage];
    const constant = global.storage === "config" || global.storage === "rodata";
    const empty = global.bytes.every((b) => b === 0);
    const value = empty ? "zeroinitializer" : byteString(global.bytes);
    const align = Math.min(8, alignOf(global.type));
    const text = `${constant ? "constant" : "global"} [${global.bytes.length} x i8] ${value}, section "${section}", align ${align}`;
    if (global.name.startsWith(".text.")) {
      this.globals.push(`${globalName(global.name)} = internal ${text}`);
      return;
    }
    let type = metadata.type(global.type);
    if (global.storage === "config") type = metadata.qualified("volatile", type);
    if (constant) type = metadata.qualified("const", type);
    this.variable(global.name, `dso_local ${text}`, type, global.span);
  }

  /** The subprogram of a function; every parameter is named, or the kernel refuses the BTF. */
  subprogram(fn: HirFunction): string {
    const { metadata } = this;
    const id = metadata.reserve();
    const file = metadata.file(fn.span.file);
    const types = fn.params.map((p, i) => (fn.program && i === 0 ? this.contextType(fn) : metadata.type(p.type)));
    const returns = fn.program
      ? metadata.basic("i32")
      : fn.returns.kind === "void"
        ? "null"
        : metadata.type(fn.returns);
    const signature = metadata.add(`!DISubroutineType(types: ${metadata.list([returns, ...types])})`);
    const variables = fn.params.map((p, i) =>
      metadata.add(
        `!DILocalVariable(name: ${quote(p.name)}, arg: ${i + 1}, scope: ${id}, file: ${file}, line: ${fn.span.line}, type: ${types[i]}${this.argumentTags(fn, p)})`,
      ),
    );
    const local = fn.program || fn.inline === "never" ? "" : "DISPFlagLocalToUnit | ";
    return metadata.set(
      id,
      `distinct !DISubprogram(name: ${quote(fn.name)}, scope: ${file}, file: ${file}, line: ${fn.span.line}, type: ${signature}, scopeLine: ${fn.span.line}, flags: DIFlagPrototyped, spFlags: ${local}DISPFlagDefinition | DISPFlagOptimized, unit: ${this.unit}, retainedNodes: ${metadata.list(variables)})`,
    );
  }

  /** References of global functions are never null: the callers' types say so, and this tells the verifier (6.8). */
  private argumentTags(fn: HirFunction, param: HirFunction["params"][number]): string {
    if (fn.inline !== "never" || param.type.kind !== "pointer") return "";
    return `, annotations: ${this.metadata.list([this.metadata.add(`!{!"btf_decl_tag", !"arg:nonnull"}`)])}`;
  }

  /** `__array(values, ...)` of libbpf: the loader puts each program's descriptor into its slot. */
  private tailTable(table: HirTailTable): void {
    const { metadata } = this;
    const { name, targets } = table;
    const members: MapMember[] = [
      { name: "type", value: MapTypeId.prog_array },
      { name: "max_entries", value: targets.length },
      { name: "key_size", value: 4 },
      { name: "value_size", value: 4 },
    ];
    const signature = metadata.add(
      `!DISubroutineType(types: ${metadata.list([metadata.basic("i32"), metadata.pointer(undefined)])})`,
    );
    const type = metadata.mapType(members, metadata.pointer(signature));
    const slots = `[${targets.length} x ptr]`;
    const fixed = `[${members.length} x ptr]`;
    const value = `{ ${fixed} zeroinitializer, ${slots} [${targets.map((t) => `ptr ${globalName(t)}`).join(", ")}] }`;
    this.variable(name, `dso_local global { ${fixed}, ${slots} } ${value}, section ".maps", align 8`, type, undefined);
  }

  private contextType(fn: HirFunction): string {
    const { metadata } = this;
    const type = fn.params[0]?.type;
    if (type?.kind === "pointer") return metadata.type(type);
    if (!fn.program) return metadata.pointer(undefined);
    const { contextStruct } = fn.program;
    const members = CONTEXT_STRUCTS[contextStruct];
    return metadata.pointer(
      members === undefined ? metadata.forward(contextStruct) : metadata.record(contextStruct, members),
    );
  }

  location(scope: string, fn: HirFunction, span: Span): string {
    const sameFile = span.file === fn.span.file;
    const { line, column } = sameFile ? span : fn.span;
    return this.metadata.add(`!DILocation(line: ${line}, column: ${column}, scope: ${scope})`);
  }
}

const LOWERING: Lowering = { expression: emitExpression, statements: emitStatements };

const DECLARATIONS = [
  "declare ptr @llvm.preserve.static.offset(ptr)",
  "declare ptr @llvm.bpf.passthrough.p0.p0(i32, ptr)",
  "declare void @llvm.assume(i1)",
  "declare i1 @llvm.is.constant.i64(i64)",
  "declare i16 @llvm.bswap.i16(i16)",
  "declare i32 @llvm.bswap.i32(i32)",
  "declare i64 @llvm.bswap.i64(i64)",
  "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
  "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
  "declare void @llvm.lifetime.start.p0(i64, ptr)",
  "declare void @llvm.lifetime.end.p0(i64, ptr)",
  `attributes #0 = { nounwind "frame-pointer"="all" }`,
  `attributes #2 = { noinline nounwind "frame-pointer"="all" }`,
  `attributes #1 = { alwaysinline nounwind "frame-pointer"="all" }`,
];
