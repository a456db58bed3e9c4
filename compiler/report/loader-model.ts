/** From the HIR of a file to what its loader shows: classes with their programs, maps, config and globals. */
import { mapTypeFacts } from "../../runtime/facts/maps/index.js";
import type { HirGlobal, HirMap, HirModule } from "../hir/nodes.js";
import type { HirType, StructType } from "../hir/types.js";
import type {
  ClassModel,
  LoaderModel,
  MapKind,
  MapModel,
  ProgramModel,
  StructModel,
  TypeModel,
  VariableModel,
} from "../loadergen/model.js";

/** How the loader shows a map type of the language. */
function kindOf(mapType: number): MapKind {
  const type = mapTypeFacts(mapType);
  switch (type?.user) {
    case "keyed":
      return type.key === "prefix" ? "lpm-trie" : type.perCpu ? "percpu-keyed" : "keyed";
    case "array":
      return type.perCpu ? "percpu-array" : "array";
    case "ring":
      return "ringbuf";
    case undefined:
      return "opaque";
  }
}

export function loaderModel(module: HirModule, sourceBase: string, objectFile: string): LoaderModel {
  const structs: Structs = { byIdentity: new Map(), names: new Set() };
  const type = (t: HirType): TypeModel => typeModel(t, structs);
  const names = new Set<string>();
  for (const fn of module.functions) if (fn.program) names.add(fn.program.className);
  for (const item of [...module.maps, ...module.globals]) if (item.className) names.add(item.className);
  // What is declared outside classes is shown with the first class that has programs.
  const first = module.functions.find((fn) => fn.program)?.program?.className;
  const ownerOf = (item: HirMap | HirGlobal): string | undefined => item.className ?? first;
  const classes = [...names].map((name): ClassModel => {
    const own = (g: HirGlobal): boolean => ownerOf(g) === name;
    const variable = (g: HirGlobal): VariableModel => ({ name: g.fieldName, elfName: g.name, type: type(g.type) });
    return {
      name,
      programs: programsOf(module, name),
      maps: module.maps.filter((m) => ownerOf(m) === name).map((m) => mapModel(m, type)),
      config: module.globals.filter((g) => own(g) && g.storage === "config").map(variable),
      globals: module.globals.filter((g) => own(g) && (g.storage === "data" || g.storage === "bss")).map(variable),
    };
  });
  return { sourceBase, objectFile, classes, structs: [...structs.byIdentity.values()] };
}

function programsOf(module: HirModule, className: string): ProgramModel[] {
  return module.functions.flatMap(({ name, program }) => {
    if (program?.className !== className) return [];
    const base = { name: program.methodName, elfName: name, kind: program.kind };
    if (program.kind === "tc")
      return [
        { ...base, attach: { direction: program.attach === "egress" ? ("egress" as const) : ("ingress" as const) } },
      ];
    if (program.kind !== "tracepoint") return [base];
    const [category = "", event = ""] = (program.attach ?? "").split("/");
    return [{ ...base, attach: { category, name: event } }];
  });
}

function mapModel(map: HirMap, type: (t: HirType) => TypeModel): MapModel {
  const kind = kindOf(map.mapType);
  const isKeyed = kind === "keyed" || kind === "percpu-keyed" || kind === "lpm-trie";
  const value = map.record ?? map.value;
  return {
    name: map.fieldName,
    elfName: map.name,
    kind,
    ...(isKeyed && map.key ? { key: type(map.key) } : {}),
    ...(value ? { value: type(value) } : {}),
  };
}

/** Structs by identity; their names in the loader are distinct. */
interface Structs {
  readonly byIdentity: Map<string, StructModel>;
  readonly names: Set<string>;
}

function typeModel(type: HirType, structs: Structs): TypeModel {
  switch (type.kind) {
    case "int": {
      const bytes = (type.bits / 8) as 1 | 2 | 4 | 8;
      return type.bigEndian
        ? { kind: "be", bytes: bytes === 1 ? 2 : bytes }
        : { kind: "int", bytes, signed: type.signed };
    }
    case "bool":
      return { kind: "bool" };
    case "enum":
      return { kind: "enum", name: type.name };
    case "array":
      if (type.flavour === "chars") return { kind: "string", bytes: type.length };
      if (type.element.kind === "int" && type.element.name === "u8") return { kind: "bytes", bytes: type.length };
      return { kind: "array", element: typeModel(type.element, structs), length: type.length };
    case "struct":
      return { kind: "struct", name: structModel(type, structs).name };
    default:
      return { kind: "pointer" };
  }
}

function structModel(type: StructType, structs: Structs): StructModel {
  const known = structs.byIdentity.get(type.identity);
  if (known) return known;
  let name = type.name;
  for (let n = 2; structs.names.has(name); n++) name = `${type.name}${n}`;
  structs.names.add(name);
  const fields: { name: string; type: TypeModel }[] = [];
  const model: StructModel = { name, fields };
  structs.byIdentity.set(type.identity, model);
  for (const f of type.fields) fields.push({ name: f.name, type: typeModel(f.type, structs) });
  return model;
}
