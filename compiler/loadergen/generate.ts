/** The loader generator: a pure function from what the compiler knows of a file to the text of its typed loader. */
import { declarationText } from "./declaration.js";
import { javascriptText } from "./javascript.js";
import type { LoaderModel } from "./model.js";

/** Text of FILE.loader.js and FILE.loader.d.ts. */
export interface LoaderText {
  readonly js: string;
  readonly dts: string;
}

/** @example writeFileSync("dist/firewall.loader.js", generateLoader(model).js) */
export function generateLoader(model: LoaderModel): LoaderText {
  return { js: javascriptText(model), dts: declarationText(model) };
}
