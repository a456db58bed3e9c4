/**
 * Makes broken IR out of good IR: a seed picks a few textual edits (line dropped, doubled or swapped, a token replaced
 * by another of the module, a number changed). Same module and seed, same result.
 */

/** A small generator with a 32-bit state (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const token = /[%@!]?[\w.]+/g;
const numbers = ["0", "1", "-1", "7", "64", "255", "65536", "4294967296", "18446744073709551615"];

/** @example mutate("define i64 @f() { ret i64 0 }", 3) */
export function mutate(module: string, seed: number): string {
  const pick = generator(seed);
  const lines = module.split("\n");
  const tokens = module.match(token) ?? ["0"];
  const edits = 1 + pick(3);
  for (let i = 0; i < edits; i++) {
    const at = pick(lines.length);
    const line = lines[at] ?? "";
    switch (pick(5)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, line);
        break;
      case 2: {
        const other = pick(lines.length);
        [lines[at], lines[other]] = [lines[other] ?? "", line];
        break;
      }
      default: {
        const parts = line.match(token) ?? [];
        const target = parts[pick(Math.max(1, parts.length))];
        if (target === undefined) break;
        const isNumber = /^\d+$/.test(target);
        // Mostly a token of the same class (value, metadata, word), so that many modules get past the parser.
        const sameClass = tokens.filter((t) => /^[%@!]?/.exec(t)?.[0] === /^[%@!]?/.exec(target)?.[0]);
        const from = pick(8) === 0 ? tokens : sameClass;
        const replacement = isNumber ? numbers[pick(numbers.length)] : from[pick(from.length)];
        lines[at] = line.replace(target, () => replacement ?? "0");
      }
    }
  }
  return lines.join("\n");
}
