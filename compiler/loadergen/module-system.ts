/** Which module system Node takes a `.js` file for: it decides how the generated loader is written. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export type ModuleSystem = "module" | "commonjs";

/** The folder, or the nearest above it that exists, without symbolic links: Node looks from a file's real path. */
function realFolder(folder: string): string {
  let at = resolve(folder);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return realpathSync(at);
}

/**
 * What Node takes a `.js` file in `folder` for, whether or not the folder exists yet: the nearest package.json above it
 * decides by "type" (Node's documentation, "Determining module system"); without one it is CommonJS.
 * @throws never: a package.json that cannot be read or parsed counts as one without "type"
 */
export function moduleSystemOf(folder: string): ModuleSystem {
  for (let at = realFolder(folder); ; at = dirname(at)) {
    const file = join(at, "package.json");
    if (existsSync(file)) return typeOf(file);
    if (dirname(at) === at) return "commonjs";
  }
}

function typeOf(packageFile: string): ModuleSystem {
  try {
    const parsed: unknown = JSON.parse(readFileSync(packageFile, "utf8"));
    const type = typeof parsed === "object" && parsed !== null && "type" in parsed ? parsed.type : undefined;
    return type === "module" ? "module" : "commonjs";
  } catch {
    return "commonjs";
  }
}
