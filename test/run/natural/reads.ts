/** Header reads in the styles that people write, and the tests of them: at once, together, in reverse, by alias. */

import type { HeaderType } from "./model.js";
import { type Maker, type Num, type Run, returns, type Statement } from "./program.js";
import { ALPHA, BETA, ETH } from "./types.js";

/** A header that a program reads, by the name of its variable. */
export interface Read {
  readonly name: string;
  readonly type: HeaderType;
  readonly statement: Statement;
  /** Only there when the header before it is. */
  readonly needs?: string;
}

/** Functions that return a header, printed as static methods. */
export const FINDERS = `
  static findAlpha(ctx: XdpContext): Alpha | undefined { return ctx.packet.at(Alpha, 14); }
  static findBeta(ctx: XdpContext): Beta | undefined {
    const beta = ctx.packet.at(Beta, 42);
    if (!beta) return undefined;
    return beta.c === 255 ? undefined : beta;
  }
  static nth(ctx: XdpContext, at: number): Beta | undefined { return ctx.packet.at(Beta, at); }
`;

const PLACE = new Map([
  [ETH, 0],
  [ALPHA, 14],
  [BETA, 42],
]);

/** An offset known only at run time, at most `most` more than the header's place. */
function dynamic(make: Maker, type: HeaderType): Num {
  const base = PLACE.get(type) ?? 0;
  const { random } = make;
  return random.pick<() => Num>([
    () => ({ text: `${base} + (ctx.length & 3)`, value: (r) => BigInt(base) + (r.length & 3n) }),
    () => ({ text: `${base} + (ctx.length % 5)`, value: (r) => BigInt(base) + (r.length % 5n) }),
    () => ({ text: `u32(ctx.length - ${base})`, value: (r) => BigInt.asUintN(32, r.length - BigInt(base)) }),
    () => ({ text: `ctx.length - ${base + 20}`, value: (r) => r.length - BigInt(base + 20) }),
  ])();
}

export function reads(make: Maker): readonly Read[] {
  const { random } = make;
  const count = 1 + random.below(3);
  const types = [ETH, ALPHA, BETA].slice(0, count);
  const byCursor = random.oneIn(3);
  const found: Read[] = [];
  types.forEach((type, i) => {
    const name = make.name("h");
    const before = found.at(-1)?.name;
    const isLast = i === types.length - 1;
    found.push(byCursor ? byNext(name, type, before, random.oneIn(4)) : byOffset(make, name, type, before, isLast));
  });
  return found;
}

function byNext(name: string, type: HeaderType, before: string | undefined, guarded: boolean): Read {
  const declare = before === undefined ? "const c = ctx.packet.cursor(); " : "";
  if (guarded && before !== undefined)
    return {
      name,
      type,
      needs: before,
      statement: {
        text: `const ${name} = ${before} && c.next(${type.name});`,
        run: (r) => r.headers.set(name, r.headers.get(before) && r.next(type)),
      },
    };
  return {
    name,
    type,
    statement: {
      text: `${declare}const ${name} = c.next(${type.name});`,
      run: (r) => r.headers.set(name, r.next(type)),
    },
  };
}

function byOffset(make: Maker, name: string, type: HeaderType, before: string | undefined, isLast: boolean): Read {
  const { random } = make;
  const place = PLACE.get(type) ?? 0;
  const set = (r: Run, at: bigint) => r.headers.set(name, r.read(type, at));
  const plain: Read = {
    name,
    type,
    statement: { text: `const ${name} = ctx.packet.at(${type.name}, ${place});`, run: (r) => set(r, BigInt(place)) },
  };
  const choice = random.below(8);
  if (choice === 0 && before)
    return {
      name,
      type,
      needs: before,
      statement: {
        text: `const ${name} = ${before} && ctx.packet.at(${type.name}, ${place});`,
        run: (r) => r.headers.set(name, r.headers.get(before) && r.read(type, BigInt(place))),
      },
    };
  if (choice === 1 && isLast) {
    const at = dynamic(make, type);
    return {
      name,
      type,
      statement: { text: `const ${name} = ctx.packet.at(${type.name}, ${at.text});`, run: (r) => set(r, at.value(r)) },
    };
  }
  if (choice === 2 && type === ALPHA)
    return { ...plain, statement: { text: `const ${name} = P.findAlpha(ctx);`, run: (r) => set(r, 14n) } };
  if (choice === 3 && type === BETA)
    return {
      ...plain,
      statement: {
        text: `const ${name} = P.findBeta(ctx);`,
        run: (r) => {
          const beta = r.read(type, 42n);
          r.headers.set(name, beta && beta.whole.int(16, "u8") === 255n ? undefined : beta);
        },
      },
    };
  if (choice === 4 && type === BETA && isLast) {
    const at = dynamic(make, type);
    return {
      ...plain,
      statement: { text: `const ${name} = P.nth(ctx, ${at.text});`, run: (r) => set(r, at.value(r)) },
    };
  }
  if (choice === 5)
    return {
      ...plain,
      statement: {
        text: `const ${name} = ctx.length > 50 ? ctx.packet.at(${type.name}, ${place}) : undefined;`,
        run: (r) => r.headers.set(name, r.length > 50n ? r.read(type, BigInt(place)) : undefined),
      },
    };
  return plain;
}

/** The body that needs all headers, behind a test in one of many spellings. `early`: what stands between reads and test. */
export function tested(
  make: Maker,
  found: readonly Read[],
  early: readonly Statement[],
  body: readonly Statement[],
): readonly Statement[] {
  const { random } = make;
  const names = found.map((f) => f.name);
  const read = found.map((f) => f.statement);
  const all = (r: Run): boolean => names.every((n) => r.headers.get(n) !== undefined);
  const exit = returns(random.below(4));
  const leave = (text: string, when: (r: Run) => boolean): Statement => ({
    text: `if (${text}) ${exit.text}`,
    run: (r) => {
      if (when(r)) exit.run(r);
    },
  });
  const lacks = (n: string): string => random.pick([`!${n}`, `${n} === undefined`, `!${n}`]);
  const inside = (text: string): Statement => ({
    text: `if (${text}) {\n${body.map((s) => `      ${s.text}`).join("\n")}\n    }`,
    run: (r) => {
      if (all(r)) for (const s of body) s.run(r);
    },
  });
  const guarded = found.some((f) => f.needs !== undefined);
  switch (random.below(guarded ? 6 : 8)) {
    case 0:
      return [...read, ...early, leave(names.map(lacks).join(" || "), (r) => !all(r)), ...body];
    case 1:
      return [...read, ...early, inside(names.join(" && "))];
    case 2:
      return [...read, ...early, leave(`!(${names.join(" && ")})`, (r) => !all(r)), ...body];
    case 3:
      return [
        ...read,
        ...early,
        ...[...names].reverse().map((n) => leave(lacks(n), (r) => !r.headers.get(n))),
        ...body,
      ];
    case 4: {
      const ok = make.name("ok");
      const decide: Statement = {
        text: `const ${ok} = ${names.map((n) => `${n} !== undefined`).join(" && ")};`,
        run: () => {},
      };
      return [...read, decide, ...early, leave(`!${ok}`, (r) => !all(r)), ...body];
    }
    case 5: {
      const [first, ...rest] = names;
      const inner = inside([...rest].reverse().join(" && ") || "true");
      return [
        ...read,
        ...early,
        {
          text: `if (${first}) {\n    ${inner.text}\n    }`,
          run: (r) => {
            if (r.headers.get(first ?? "")) inner.run(r);
          },
        },
      ];
    }
    case 6:
      return [...found.flatMap((f) => [f.statement, leave(lacks(f.name), (r) => !r.headers.get(f.name))]), ...body];
    default: {
      const [first, ...rest] = found;
      if (!first) return body;
      const later = rest.map((f) => f.name);
      return [
        first.statement,
        leave(lacks(first.name), (r) => !r.headers.get(first.name)),
        ...rest.map((f) => f.statement),
        ...early,
        ...(later.length > 0 ? [leave(later.map(lacks).join(" || "), (r) => !all(r))] : []),
        ...body,
      ];
    }
  }
}
