/** Statements that call any helper of the program's type with arguments that mostly fit, and packet loads of old. */
import { contextRules } from "../../compiler/precheck/tables/context.js";
import { type Helper, type HelperArg, helperById } from "../../runtime/facts/helpers/index.js";
import { Held, MAPS, type ProgramKind, type Scene } from "./scene.js";

/** Not called: they print, need functions, or end the program's own way. */
const LEFT_OUT: ReadonlySet<number> = new Set([6, 12, 177]);
const WANTS_FUNCTION = new Set<HelperArg>(["func"]);

const callable = new Map<string, readonly Helper[]>();

function helpersOf(kind: ProgramKind): readonly Helper[] {
  const known = callable.get(kind.name);
  if (known !== undefined) return known;
  const ids = [...(contextRules(kind.type, kind.attach)?.helpers ?? [])].filter((id) => !LEFT_OUT.has(id));
  const found = ids.flatMap((id) => {
    const helper = helperById(id);
    return helper === undefined || helper.args.some((arg) => WANTS_FUNCTION.has(arg)) ? [] : [helper];
  });
  callable.set(kind.name, found);
  return found;
}

const KINDS_OF_ARGUMENT: readonly HelperArg[] = ["ctx", "map", "mem", "size", "scalar", "memOrNull", "kernelPtr"];

function stackPointer(g: Scene, to: number): void {
  const { random: r, asm } = g;
  asm.movr(to, 10);
  asm.alu(0x00, to, r.chance(95) ? -8 * r.between(3, 8) : r.pick([-4, -12, 0, -520, -1]));
}

function memory(g: Scene, to: number): void {
  const { random: r, asm } = g;
  const others = [...g.having(Held.Packet), ...g.having(Held.Value)].filter((reg) => reg > to);
  const found = others[0];
  if (found !== undefined && r.chance(50)) asm.movr(to, r.pick(others) ?? found);
  else stackPointer(g, to);
}

function argument(g: Scene, to: number, kind: HelperArg): void {
  const { random: r, asm } = g;
  switch (kind) {
    case "ctx":
      asm.movr(to, 6);
      return;
    case "map":
      asm.map(to, r.below(MAPS.length));
      return;
    case "size":
    case "size0":
      asm.mov(to, r.chance(95) ? r.pick([1, 4, 8, 8, 16, 16, 20, 24]) : r.pick([0, 64, 600, -1]));
      return;
    case "scalar":
      asm.mov(to, r.pick([0, 0, 0, 0, 1, 2, 4, 64, -1]));
      return;
    case "memOrNull":
    case "memOutOrNull":
    case "valueOrNull":
    case "callbackCtx":
      if (r.chance(50)) asm.mov(to, 0);
      else memory(g, to);
      return;
    case "kernelPtr": {
      const sockets = g.having(Held.Socket).filter((reg) => reg > to);
      const found = sockets[0];
      if (found !== undefined) asm.movr(to, found);
      else if (r.chance(50)) asm.movr(to, 6);
      else asm.mov(to, 0);
      return;
    }
    default:
      memory(g, to);
  }
}

/** A call of any helper; now and then an argument is of another kind than it should be. */
export function anyHelper(g: Scene): void {
  const { random: r, asm, kind } = g;
  const helper = r.pick(helpersOf(kind));
  if (helper === undefined || g.held[6] !== Held.Ctx) return;
  helper.args.forEach((arg, i) => {
    argument(g, i + 1, r.chance(3) ? r.pick(KINDS_OF_ARGUMENT) : arg);
  });
  asm.call(helper.id);
  g.afterCall(helper.result === "scalar" ? Held.Scalar : Held.None);
  // What a call gives is now and then tested and used.
  if (helper.result.endsWith("OrNull") && r.chance(60)) {
    const out = g.label();
    const keep = g.kept();
    asm.movr(keep, 0);
    asm.jump(0x10, 0, 0, out);
    asm.load(r.pick([1, 4, 8]), 1, keep, r.pick([0, 4, 8, 16, 40]));
    if (r.chance(40)) {
      asm.movr(1, keep);
      asm.mov(2, 0);
      asm.call(helper.result === "memOrNull" ? r.pick([132, 133]) : 86);
    }
    asm.here(out);
    for (let x = 0; x <= 5; x++) g.hold(x, Held.None);
    g.hold(keep, Held.None);
  }
}

/** BPF_LD_ABS and BPF_LD_IND, which leave the function when they fail. */
export function packetLoad(g: Scene): void {
  const { random: r, asm } = g;
  if (g.held[6] !== Held.Ctx && r.chance(90)) return;
  const size = r.pick([0x00, 0x08, 0x10]);
  if (r.chance(60)) asm.raw(0x20 | size, 0, 0, 0, r.below(64));
  else asm.raw(0x40 | size, 0, g.scalar(), 0, r.below(64));
  for (let x = 1; x <= 5; x++) g.hold(x, Held.None);
  g.hold(0, Held.Scalar);
}
