/** The loader generator: a pure function from what the compiler knows of a file to the text of its typed loader. */
import { declarationText } from "./declaration.js";
import { javascriptText } from "./javascript.js";
import type { LoaderModel } from "./model.js";
import type { ModuleSystem } from "./module-system.js";

/** Text of FILE.loader.js and FILE.loader.d.ts. */
export interface LoaderText {
  readonly js: string;
  readonly dts: string;
}

/**
 * @param system what Node takes FILE.loader.js for in the folder that it is written to
 * @example writeFileSync("dist/firewall.loader.js", generateLoader(model, moduleSystemOf("dist")).js)
 */
export function generateLoader(model: LoaderModel, system: ModuleSystem): LoaderText {
  return { js: javascriptText(model, system), dts: declarationText(model) };
}
