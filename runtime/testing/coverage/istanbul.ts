/**
 * BPF coverage into an istanbul coverage map, the form in which vitest's providers and reporters hold coverage. Handlers of
 * a class never run as JavaScript: what the JavaScript side says of them is replaced by what the machine counted.
 */
import { resolve } from "node:path";
import type { Coverage, FileCoverage } from "./collect.js";

interface Point {
  line: number;
  column: number;
}
interface Range {
  start: Point;
  end: Point;
}
/** The part of istanbul's file coverage that is used here (istanbul-lib-coverage, FileCoverageData). */
export interface IstanbulFile {
  path: string;
  statementMap: Record<string, Range>;
  fnMap: Record<string, { name: string; decl: Range; loc: Range; line: number }>;
  branchMap: Record<string, { type: string; loc: Range; locations: Range[]; line: number }>;
  s: Record<string, number>;
  f: Record<string, number>;
  b: Record<string, number[]>;
}
/** The part of istanbul's coverage map. */
export interface IstanbulMap {
  files(): string[];
  fileCoverageFor(path: string): { readonly data: IstanbulFile } & Partial<IstanbulFile>;
  addFileCoverage(data: IstanbulFile): void;
}

/** The whole line: BTF knows where it begins only. */
const whole = (line: number): Range => ({ start: { line, column: 0 }, end: { line, column: 9999 } });

function drop<T>(map: Record<string, T>, counts: Record<string, unknown>, where: (entry: T) => boolean): void {
  for (const [id, entry] of Object.entries(map)) {
    if (!where(entry)) continue;
    delete map[id];
    delete counts[id];
  }
}

/** Takes out what JavaScript coverage says of code that only BPF runs. */
function withoutHandlers(data: IstanbulFile, { lines }: FileCoverage): void {
  const bpf = Object.keys(lines).map(Number);
  const handlers = Object.entries(data.fnMap)
    .filter(([id, fn]) => data.f[id] === 0 && bpf.some((line) => line >= fn.loc.start.line && line <= fn.loc.end.line))
    .map(([, fn]) => fn.loc);
  const inside = ({ start }: Range): boolean =>
    bpf.includes(start.line) || handlers.some((h) => start.line >= h.start.line && start.line <= h.end.line);
  drop(data.statementMap, data.s, inside);
  drop(data.branchMap, data.b, (branch) => inside(branch.loc));
  drop(data.fnMap, data.f, (fn) => handlers.includes(fn.loc));
}

/** Keys beside JavaScript's own, which count from 0. Reporters print them, lcov's readers want numbers. */
const FIRST_KEY = 1_000_000;
const MAX_COLUMNS = 1024;
const keyOf = (line: number, column = 0): string => String(FIRST_KEY + line * MAX_COLUMNS + column);

function add(data: IstanbulFile, { lines, branches, functions }: FileCoverage): void {
  for (const [line, count] of Object.entries(lines)) {
    data.statementMap[keyOf(Number(line))] = whole(Number(line));
    data.s[keyOf(Number(line))] = count;
  }
  for (const [place, counts] of Object.entries(branches)) {
    const [line = 0, column = 0] = place.split(":").map(Number);
    const loc = { start: { line, column: Math.max(0, column - 1) }, end: { line, column: 9999 } };
    data.branchMap[keyOf(line, column)] = { type: "cond-expr", loc, locations: [loc, loc], line };
    data.b[keyOf(line, column)] = [...counts];
  }
  for (const [name, [line, count]] of Object.entries(functions)) {
    data.fnMap[keyOf(line)] = { name, decl: whole(line), loc: whole(line), line };
    data.f[keyOf(line)] = (data.f[keyOf(line)] ?? 0) + count;
  }
}

/**
 * Adds BPF coverage to a map.
 * @param root folder that relative paths in the objects start from
 * @param included says which files the report has (the provider's include and exclude)
 */
export function addToIstanbul(
  map: IstanbulMap,
  coverage: Coverage,
  root: string,
  included: (path: string) => boolean,
): void {
  for (const [file, counts] of Object.entries(coverage)) {
    const path = resolve(root, file);
    if (!included(path)) continue;
    if (map.files().includes(path)) {
      const found = map.fileCoverageFor(path);
      withoutHandlers(found.data, counts);
      add(found.data, counts);
      continue;
    }
    const data: IstanbulFile = { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
    add(data, counts);
    map.addFileCoverage(data);
  }
}
