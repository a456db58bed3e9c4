/**
 * From file names to a type-checked program. The compiler builds its own `noLib` program with a tiny library and
 * resolves "ebpftsc" to the stdlib's sources, whose method bodies (header getters) it compiles like the user's.
 * Output: program, checker, the user's files, and the type checker's errors as diagnostics.
 */
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type typescript from "typescript";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { spanAt } from "./span.js";
import { ts } from "./typescript.js";

const here = dirname(fileURLToPath(import.meta.url));

/** The package's root: the nearest directory upwards that holds stdlib/index.ts. */
function packageRoot(): string {
  let dir = here;
  while (!existsSync(resolve(dir, "stdlib/index.ts")) || !existsSync(resolve(dir, "package.json"))) {
    const up = dirname(dir);
    if (up === dir) throw new Error("the package's stdlib sources are missing: reinstall ebpftsc");
    dir = up;
  }
  return dir;
}

export const root: string = packageRoot();
const STDLIB = resolve(root, "stdlib");
const TINY_LIB = resolve(root, "compiler/source/tiny.lib.d.ts");

const OPTIONS: typescript.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  noLib: true,
  types: [],
  skipLibCheck: true,
  experimentalDecorators: true,
  allowImportingTsExtensions: true,
};

export interface SourceProgram {
  readonly program: typescript.Program;
  readonly checker: typescript.TypeChecker;
  /** The files asked for, absolute, in order. */
  readonly roots: readonly typescript.SourceFile[];
  /** Every file of the user's: the roots and what they import, the stdlib left out. */
  readonly userFiles: readonly typescript.SourceFile[];
  /** What the type checker says of the user's files. */
  readonly errors: readonly Diagnostic[];
  /** Whether a declaration is the stdlib's. */
  isStdlib(node: typescript.Node): boolean;
}

/** Keeps parsed files between builds of one process (`--watch`, tests). */
export class ProgramHost {
  private readonly files = new Map<string, { text: string; file: typescript.SourceFile }>();
  private previous: typescript.Program | undefined;
  /** An import that was not found last time may be there now, and an old program keeps its resolutions. */
  private unresolved = false;

  /** Whether a file is there and readable. */
  static canRead(name: string): boolean {
    try {
      accessSync(name, constants.R_OK);
      return statSync(name).isFile();
    } catch {
      return false;
    }
  }

  /** Builds and type-checks. The type checker's errors are in the result: the subset checker may explain them better. */
  load(names: readonly string[]): SourceProgram {
    const roots = names.map((name) => resolve(name));
    const host = this.compilerHost();
    const reusable = this.unresolved ? undefined : this.previous;
    this.unresolved = false;
    const program = ts.createProgram({
      rootNames: [TINY_LIB, ...roots],
      options: OPTIONS,
      host,
      ...(reusable ? { oldProgram: reusable } : {}),
    });
    this.previous = program;
    const checker = program.getTypeChecker();
    const isStdlib = (node: typescript.Node): boolean => node.getSourceFile().fileName.startsWith(`${STDLIB}/`);
    const files = roots.map((name) => program.getSourceFile(name)).filter((f) => f !== undefined);
    const userFiles = program.getSourceFiles().filter((f) => f.fileName !== TINY_LIB && !isStdlib(f));
    const errors = userFiles.flatMap((file) =>
      [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(toDiagnostic),
    );
    return { program, checker, roots: files, userFiles, errors, isStdlib };
  }

  private compilerHost(): typescript.CompilerHost {
    return {
      fileExists: existsSync,
      readFile: (name) => (existsSync(name) ? readFileSync(name, "utf8") : undefined),
      getSourceFile: (name) => this.sourceFile(name),
      getDefaultLibFileName: () => TINY_LIB,
      writeFile: () => {},
      getCurrentDirectory: () => process.cwd(),
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      resolveModuleNameLiterals: (literals, _containing, _redirected, _options, file) =>
        literals.map((literal) => {
          const resolvedModule = resolveModule(literal.text, file);
          if (!resolvedModule) this.unresolved = true;
          return { resolvedModule };
        }),
    };
  }

  private sourceFile(name: string): typescript.SourceFile | undefined {
    let text: string;
    try {
      text = readFileSync(name, "utf8");
    } catch {
      return undefined;
    }
    const known = this.files.get(name);
    if (known?.text === text) return known.file;
    // Nobody reads JSDoc here, and the binder sets parents: both halve the cost of the documented stdlib.
    const options = { languageVersion: ts.ScriptTarget.ES2022, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
    const file = ts.createSourceFile(name, text, options, false);
    this.files.set(name, { text, file });
    return file;
  }
}

/** Whether a file may use the generated tracepoint contexts: it names one, or takes the library as a whole. */
function namesTracepoints(file: typescript.SourceFile): boolean {
  return file.statements.some((statement) => {
    if (ts.isExportDeclaration(statement)) return true;
    if (!ts.isImportDeclaration(statement)) return false;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || ts.isNamespaceImport(bindings)) return true;
    return bindings.elements.some(({ name, propertyName }) => (propertyName ?? name).text.startsWith("Sys"));
  });
}

function resolveModule(name: string, from: typescript.SourceFile): typescript.ResolvedModuleFull | undefined {
  const found = (file: string): typescript.ResolvedModuleFull => ({
    resolvedFileName: file,
    extension: file.endsWith(".d.ts") ? ts.Extension.Dts : ts.Extension.Ts,
    isExternalLibraryImport: false,
  });
  if (name === "ebpftsc") return found(resolve(STDLIB, namesTracepoints(from) ? "index.ts" : "core.ts"));
  if (!name.startsWith(".")) return undefined;
  const base = resolve(dirname(from.fileName), name);
  for (const file of [base.replace(/\.js$/, ".ts"), `${base}.ts`, base, resolve(base, "index.ts")])
    if (file.endsWith(".ts") && existsSync(file)) return found(file);
  return undefined;
}

function toDiagnostic(d: typescript.Diagnostic): Diagnostic {
  return {
    code: `TS${d.code}`,
    severity: d.category === ts.DiagnosticCategory.Error ? "error" : "warning",
    message: ts.flattenDiagnosticMessageText(d.messageText, "\n"),
    ...(d.file && d.start !== undefined ? { span: spanAt(d.file, d.start, d.start + (d.length ?? 0)) } : {}),
  };
}
