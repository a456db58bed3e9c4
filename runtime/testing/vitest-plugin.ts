/**
 * `ebpftsc/vitest`: a plugin for vitest.config. Programs are classes with decorators, and vitest's transformers lower
 * decorators only where they are asked to: left as they are, Node ends with a bare SyntaxError.
 */

/** What the plugin uses of Vite's context (https://vite.dev/guide/api-plugin). */
interface ConfigContext {
  /** Vite 8 transforms with oxc and names rolldown here, older ones with esbuild. */
  readonly meta?: { readonly rolldownVersion?: string };
}
interface TransformContext {
  parse(code: string): unknown;
  error(message: string): never;
}

/** The plugin, by the shape that Vite takes. */
export interface EbpftscPlugin {
  readonly name: string;
  readonly enforce: "post";
  config(
    this: unknown,
    user?: { readonly test?: { readonly testTimeout?: number | undefined } | undefined },
  ): {
    test?: { testTimeout: number };
    oxc?: { decorator: { legacy: boolean } };
    esbuild?: { tsconfigRaw: { compilerOptions: { experimentalDecorators: boolean } } };
  };
  transform(this: unknown, code: string, id: string): undefined;
}

/** The first `machine()` of a file loads the type checker and compiles: on a busy machine longer than vitest's five seconds. */
const TEST_TIMEOUT_MS = 60_000;

/** Does any node of an ESTree have decorators? */
function hasDecorators(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some(hasDecorators);
  if ("decorators" in node && Array.isArray(node.decorators) && node.decorators.length > 0) return true;
  return Object.values(node).some(hasDecorators);
}

/**
 * Has decorators of program classes lowered, with or without `experimentalDecorators` in tsconfig.json. Where another
 * setting of the project prevents that, the file that has them is named, and what to do. Tests may take a minute unless the
 * project sets `testTimeout`, since the first `machine()` compiles.
 * @example
 * // vitest.config.mjs
 * import { ebpftsc } from "ebpftsc/vitest";
 * export default { plugins: [ebpftsc()] };
 */
export function ebpftsc(): EbpftscPlugin {
  return {
    name: "ebpftsc",
    enforce: "post",
    config(user): ReturnType<EbpftscPlugin["config"]> {
      const { meta } = (this ?? {}) as ConfigContext;
      return {
        // What a plugin gives is stronger than the project's own setting.
        ...(user?.test?.testTimeout === undefined ? { test: { testTimeout: TEST_TIMEOUT_MS } } : {}),
        ...(meta?.rolldownVersion === undefined
          ? { esbuild: { tsconfigRaw: { compilerOptions: { experimentalDecorators: true } } } }
          : { oxc: { decorator: { legacy: true } } }),
      };
    },
    transform(code, id): undefined {
      if (!code.includes("@") || !/\.[cm]?tsx?(\?|$)/.test(id)) return;
      const { parse, error } = this as TransformContext;
      if (!hasDecorators(parse.call(this, code))) return;
      error.call(
        this,
        `${id.replace(/\?.*$/, "")} still has decorators, which Node cannot run: set "experimentalDecorators": true under "compilerOptions" in tsconfig.json, and do not switch off the lowering of decorators (oxc, esbuild) in the vitest configuration`,
      );
    },
  };
}
