/**
 * From TypeScript's types to machine types. Types are interned by the checker, so answers are cached by identity (not
 * inside generic functions, where a type parameter means another thing per instance).
 */
import type typescript from "typescript";
import { Diagnostics, type Span } from "../../diagnostics/diagnostic.js";
import { type FieldSpec, layoutStruct } from "../../layout/struct.js";
import { spanOf } from "../../source/span.js";
import { constantInitializer, decoratorsOf, plainExpression } from "../../source/symbols.js";
import { ts } from "../../source/typescript.js";
import {
  BIGINT,
  BOOL,
  type EnumType,
  ERROR,
  type HirType,
  hasLayout,
  INT,
  type IntName,
  isScalar,
  NUMBER,
  pointerTo,
  type StructType,
  typeKey,
  typeName,
  VOID,
} from "../types.js";
import { MAP_KINDS } from "./map-kinds.js";

/** Type parameters of the instance being built. */
export type TypeEnv = ReadonlyMap<typescript.Symbol, HirType>;

const EMPTY: TypeEnv = new Map();
const RANK: Readonly<Record<string, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 3, i32: 3, u64: 4, i64: 4 };

const isFalse = (type: typescript.Type): boolean =>
  (type.flags & ts.TypeFlags.BooleanLiteral) !== 0 && "intrinsicName" in type && type.intrinsicName === "false";
const isObject = (type: typescript.Type): boolean => (type.flags & ts.TypeFlags.Object) !== 0;

export class TypeResolver {
  private readonly cache = new Map<typescript.Type, HirType>();
  private readonly structs = new Map<string, StructType>();
  private readonly declarations = new Map<typescript.Symbol, number>();
  /** How many structs and enums have a name. */
  private readonly sharers = new Map<string, number>();
  private readonly enums = new Map<typescript.Symbol, EnumType>();
  private readonly building = new Set<typescript.Symbol>();

  constructor(
    private readonly checker: typescript.TypeChecker,
    private readonly diagnostics: Diagnostics,
    private readonly isStdlib: (node: typescript.Node) => boolean,
  ) {}

  /** The machine type, or {@link ERROR} after a diagnostic at `span`. */
  resolve(type: typescript.Type, span: Span, env: TypeEnv = EMPTY): HirType {
    const known = env.size === 0 ? this.cache.get(type) : undefined;
    if (known) return known;
    const found = this.compute(type, span, env);
    if (env.size === 0 && found.kind !== "error") this.cache.set(type, found);
    return found;
  }

  /** The machine type, or undefined where it has none: nothing is reported. */
  quietly(type: typescript.Type, env: TypeEnv = EMPTY): HirType | undefined {
    const span = { file: "", line: 0, column: 0, endLine: 0, endColumn: 0 };
    const silent = new TypeResolver(this.checker, new Diagnostics(), this.isStdlib);
    const found = this.cache.get(type) ?? silent.resolve(type, span, env);
    return found.kind === "error" ? undefined : found;
  }

  private compute(type: typescript.Type, span: Span, env: TypeEnv): HirType {
    const flags = type.flags;
    const F = ts.TypeFlags;
    if (flags & F.TypeParameter) {
      const bound = type.symbol ? env.get(type.symbol) : undefined;
      return bound ?? this.fail(span, "EB2001", `type parameter ${this.text(type)} is not bound here`);
    }
    if (flags & (F.Any | F.Unknown)) return this.fail(span, "EB1004", `${this.text(type)} has no machine type`);
    if (flags & (F.Void | F.Undefined | F.Never)) return VOID;
    if (flags & F.EnumLike) return this.enumType(type);
    if (type.isUnion()) return this.union(type, span, env);
    if (flags & F.BooleanLike) return BOOL;
    if (flags & F.NumberLike) return NUMBER;
    if (flags & F.BigIntLike) return BIGINT;
    if (flags & F.StringLike) return this.fail(span, "EB2001", "a string has no fixed size; use CString<N>");
    if (flags & F.Intersection) {
      const name = this.flavour(type);
      if (name) return INT[name];
    }
    const alias = type.aliasSymbol;
    if (alias?.name === "Val" && this.fromStdlib(alias)) {
      const inner = this.resolve(type.aliasTypeArguments?.[0] ?? type, span, env);
      return pointerTo(inner);
    }
    if (alias?.name === "StructType" && this.fromStdlib(alias)) {
      const of = this.resolve(type.aliasTypeArguments?.[0] ?? type, span, env);
      return of.kind === "error" ? of : { kind: "class", of };
    }
    if (this.checker.isTupleType(type)) {
      const places = this.checker.getTypeArguments(type as typescript.TypeReference);
      return this.tuple(
        places.map((t) => this.resolve(t, span, env)),
        type,
        span,
      );
    }
    const symbol = type.symbol;
    if (symbol && this.fromStdlib(symbol)) {
      const found = this.library(symbol.name, type, span, env);
      if (found) return found;
    }
    if (symbol && flags & F.Object) return this.objectType(type, symbol, span, env);
    return this.fail(span, "EB2001", `${this.text(type)} has no layout`);
  }

  /** The widest name in the phantom property of an integer flavour. */
  private flavour(type: typescript.Type): IntName | undefined {
    for (const property of type.getProperties()) {
      if (!String(property.escapedName).startsWith("__@INT@")) continue;
      const of = this.checker.getTypeOfSymbol(property);
      const names = (of.isUnion() ? of.types : [of]).flatMap((t) => (t.isStringLiteral() ? [t.value] : []));
      // Of u16 and i16 the signed one is the type itself: u16 widens to i32, never i16 to u32.
      names.sort((a, b) => (RANK[b] ?? 0) - (RANK[a] ?? 0) || (a.startsWith("i") ? -1 : 1));
      return names[0] as IntName | undefined;
    }
    return undefined;
  }

  private enumType(type: typescript.Type): EnumType {
    const base = this.checker.getBaseTypeOfLiteralType(type);
    const named = base.symbol ?? type.symbol;
    const symbol = named.flags & ts.SymbolFlags.EnumMember ? (this.parentOf(named) ?? named) : named;
    const known = this.enums.get(symbol);
    if (known) return known;
    const declaration =
      symbol.declarations?.find(ts.isEnumDeclaration) ?? symbol.declarations?.find(ts.isEnumMember)?.parent;
    const members = (declaration?.members ?? []).map((m) => ({
      name: m.name.getText(),
      value: Number(this.checker.getConstantValue(m) ?? 0),
    }));
    const name = declaration?.name.text ?? symbol.name;
    const signed = members.some((m) => m.value < 0);
    const made: EnumType = { kind: "enum", name, identity: this.identity(name), members, signed };
    this.enums.set(symbol, made);
    return made;
  }

  private parentOf(member: typescript.Symbol): typescript.Symbol | undefined {
    const declaration = member.declarations?.find(ts.isEnumMember)?.parent;
    return declaration && this.checker.getSymbolAtLocation(declaration.name);
  }

  private union(type: typescript.UnionType, span: Span, env: TypeEnv): HirType {
    const absent = ts.TypeFlags.Undefined | ts.TypeFlags.Void;
    const there = type.types.filter((t) => !(t.flags & absent));
    // `test && header` is false or a reference: absent either way.
    const parts = there.every(isFalse) ? there : there.filter((t) => !(isFalse(t) && there.some(isObject)));
    const nullable = parts.length < type.types.length;
    if (parts.length > 0 && parts.every((t) => t.flags & ts.TypeFlags.BooleanLike)) {
      return nullable ? this.fail(span, "EB1005", "boolean | undefined has no machine type") : BOOL;
    }
    const kinds = parts.map((t) => this.resolve(t, span, env));
    const first = kinds[0];
    if (first === undefined) return VOID;
    if (kinds.some((k) => k.kind === "error")) return ERROR;
    const joined = kinds.every((k) => typeKey(k) === typeKey(first)) ? first : this.joinNumbers(kinds);
    if (joined === undefined) return this.fail(span, "EB1005", `${this.text(type)} has more than one layout`);
    if (!nullable) return joined;
    if (joined.kind === "pointer") return { ...joined, nullable: true };
    if (!isScalar(joined)) return pointerTo(joined, true);
    return this.fail(span, "EB1005", `${this.text(type)}: only references can be undefined, not ${typeName(joined)}`);
  }

  private joinNumbers(kinds: readonly HirType[]): HirType | undefined {
    const narrow = (k: HirType): boolean => k.kind === "int" && k.bits < 64 && !k.bigEndian;
    return kinds.every((k) => k.kind === "number" || k.kind === "enum" || narrow(k)) ? NUMBER : undefined;
  }

  /** Types that the stdlib declares and the compiler knows. */
  private library(name: string, type: typescript.Type, span: Span, env: TypeEnv): HirType | undefined {
    const args = this.arguments(type);
    const arg = (i: number): HirType => {
      const t = args[i];
      return t ? this.resolve(t, span, env) : ERROR;
    };
    const length = (i: number): number | undefined => {
      const t = args[i];
      return t?.isNumberLiteral() ? t.value : undefined;
    };
    const array = (element: HirType, n: number | undefined, flavour: "array" | "bytes" | "chars"): HirType => {
      if (element.kind === "error") return ERROR;
      if (n === undefined || !Number.isInteger(n) || n < 1 || n > 1 << 24)
        return this.fail(span, "EB2001", `${this.text(type)} needs a constant length between 1 and 16777216`);
      if (!hasLayout(element)) return this.fail(span, "EB2001", `${typeName(element)} cannot be an array element`);
      return { kind: "array", element, length: n, flavour };
    };
    if (Object.hasOwn(MAP_KINDS, name)) return { kind: "map", name: "" };
    switch (name) {
      case "be16":
      case "be32":
      case "be64":
        return INT[name];
      case "Ref":
        return pointerTo(arg(0));
      case "Bytes":
        return array(INT.u8, length(0), "bytes");
      case "FixedArray":
        return array(arg(0), length(1), "array");
      case "CString":
        return array(INT.i8, length(0), "chars");
      case "UserPtr":
        return { kind: "address", space: "user" };
      case "Ptr":
        return { kind: "address", space: "kernel" };
      case "DataLoc":
        return { kind: "dynamic", from: "record" };
      case "RelLoc":
        return { kind: "dynamic", from: "field" };
      case "XdpContext":
        return { kind: "context", context: "xdp" };
      case "SkBuff":
        return { kind: "context", context: "skb" };
      case "RawTracepointContext":
        return { kind: "context", context: "tracepoint" };
      case "Packet":
        return { kind: "packet", context: "xdp" };
      case "Cursor":
        return { kind: "cursor", context: "xdp" };
      default:
        return undefined;
    }
  }

  private arguments(type: typescript.Type): readonly typescript.Type[] {
    if (type.aliasTypeArguments && type.aliasSymbol?.name === type.symbol?.name) return type.aliasTypeArguments;
    if (!((type as typescript.ObjectType).objectFlags & ts.ObjectFlags.Reference)) return [];
    const reference = type as typescript.TypeReference;
    // The last argument of a class that mentions `this` is the class itself.
    return this.checker.getTypeArguments(reference).slice(0, reference.target.typeParameters?.length ?? 0);
  }

  private objectType(type: typescript.Type, symbol: typescript.Symbol, span: Span, env: TypeEnv): HirType {
    const args = this.arguments(type).map((t) => this.resolve(t, span, env));
    if (args.some((t) => t.kind === "error")) return ERROR;
    const key = `${this.numberOf(symbol)}<${args.map(typeKey).join(",")}>`;
    const known = this.structs.get(key);
    if (known) return known;
    const declaration = symbol.declarations?.find((d) => ts.isClassDeclaration(d) || ts.isInterfaceDeclaration(d));
    if (!declaration || !(ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)))
      return this.fail(span, "EB2001", `${this.text(type)} has no layout: declare a struct class`);
    if (this.building.has(symbol)) return this.fail(span, "EB2001", `struct ${symbol.name} contains itself`);
    this.building.add(symbol);
    // BTF takes names of C: Box<u32> is Box_u32 there.
    const name = [symbol.name, ...args.map((t) => typeName(t).replace(/\W+/g, "_"))].join("_");
    const result = this.struct(symbol, declaration, type, env, name);
    this.building.delete(symbol);
    if (result.kind === "struct") this.structs.set(key, result);
    return result;
  }

  private struct(
    symbol: typescript.Symbol,
    declaration: typescript.ClassDeclaration | typescript.InterfaceDeclaration,
    type: typescript.Type,
    env: TypeEnv,
    name: string,
  ): HirType {
    const span = spanOf(declaration.name ?? declaration);
    if (ts.isClassDeclaration(declaration) && declaration.heritageClauses?.length)
      return this.fail(span, "EB1015", `struct ${symbol.name} extends another class`);
    const specs: FieldSpec[] = [];
    for (const member of declaration.members) {
      if (!(ts.isPropertyDeclaration(member) || ts.isPropertySignature(member))) continue;
      if (ts.isPropertyDeclaration(member) && ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) continue;
      const memberSpan = spanOf(member.name);
      if (!ts.isIdentifier(member.name))
        return this.fail(memberSpan, "EB1006", `a field of ${symbol.name} has no plain name`);
      const property = this.checker.getPropertyOfType(type, member.name.text);
      const fieldType = property
        ? this.resolve(this.checker.getTypeOfSymbolAtLocation(property, member), memberSpan, env)
        : ERROR;
      if (fieldType.kind === "error") return ERROR;
      if (!hasLayout(fieldType) && fieldType.kind !== "dynamic")
        return this.fail(
          memberSpan,
          "EB2001",
          `field ${member.name.text} of ${symbol.name} has type ${typeName(fieldType)}, which has no fixed layout`,
        );
      const at = this.explicitOffset(member);
      specs.push({ name: member.name.text, type: fieldType, ...(at === undefined ? {} : { offset: at }) });
    }
    if (specs.length === 0) return this.fail(span, "EB2001", `${symbol.name} has no fields`);
    return layoutStruct(name, specs, this.identity(name));
  }

  /** A tuple is a struct whose fields are its places. */
  private tuple(args: readonly HirType[], type: typescript.Type, span: Span): HirType {
    const places = args.map((t): HirType => (t.kind === "number" ? INT.i64 : t.kind === "bigint" ? INT.u64 : t));
    if (places.some((t) => t.kind === "error")) return ERROR;
    if (places.length === 0 || !places.every(hasLayout))
      return this.fail(span, "EB2001", `${this.text(type)} has no layout: give each place a type of fixed size`);
    const name = ["Tuple", ...places.map((t) => typeName(t).replace(/\W+/g, "_"))].join("_");
    const key = `tuple<${places.map(typeKey).join(",")}>`;
    const known =
      this.structs.get(key) ??
      layoutStruct(
        name,
        places.map((t, i) => ({ name: String(i), type: t })),
        key,
      );
    this.structs.set(key, known);
    return known;
  }

  private numberOf(symbol: typescript.Symbol): number {
    const known = this.declarations.get(symbol) ?? this.declarations.size;
    this.declarations.set(symbol, known);
    return known;
  }

  /** The name, with a number where another declaration has it. */
  private identity(name: string): string {
    const others = this.sharers.get(name) ?? 0;
    this.sharers.set(name, others + 1);
    return others === 0 ? name : `${name}#${others + 1}`;
  }

  private explicitOffset(member: typescript.PropertyDeclaration | typescript.PropertySignature): number | undefined {
    if (!ts.isPropertyDeclaration(member)) return undefined;
    const decorator = decoratorsOf({ checker: this.checker, isStdlib: this.isStdlib }, member).find(
      (d) => d.name === "offset",
    );
    const value = decorator?.args[0];
    if (!value) return undefined;
    const literal = plainExpression(value);
    const at = ts.isNumericLiteral(literal) ? literal : constantInitializer({ checker: this.checker }, literal);
    if (at && ts.isNumericLiteral(at)) return Number(at.text);
    this.diagnostics.report("EB2012", spanOf(value), `${value.getText()} is not known when the object is built`);
    return undefined;
  }

  private fromStdlib(symbol: typescript.Symbol): boolean {
    const declaration = symbol.declarations?.[0];
    return declaration !== undefined && this.isStdlib(declaration);
  }

  private fail(span: Span, code: "EB1004" | "EB1005" | "EB1006" | "EB1015" | "EB2001", message: string): HirType {
    this.diagnostics.report(code, span, message);
    return ERROR;
  }

  private text(type: typescript.Type): string {
    return this.checker.typeToString(type);
  }
}
