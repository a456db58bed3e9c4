/**
 * The `--attach` argument: [PROGRAM=]KIND:TARGET. Text in, a plain value out; nothing is looked up here.
 *
 *     xdp:eth0             xdp:eth0:generic          filter=xdp:eth0
 *     tc:eth0              tc:eth0:egress            shape=tc:eth0:egress:clsact
 *     tracepoint:syscalls/sys_enter_mkdir
 */
import type { TcAttachOptions, TcDirection } from "./attach/tc.js";
import type { TracepointName } from "./attach/tracepoint.js";
import type { XdpMode } from "./attach/xdp.js";
import { BpfError } from "./errors.js";

/** A parsed argument; without `program` it means the object's only program of that kind. */
export type AttachSpec =
  | { readonly kind: "xdp"; readonly program?: string; readonly interface: string; readonly mode: XdpMode }
  | {
      readonly kind: "tc";
      readonly program?: string;
      readonly interface: string;
      readonly direction?: TcDirection;
      readonly hook: NonNullable<TcAttachOptions["hook"]>;
    }
  | { readonly kind: "tracepoint"; readonly program?: string; readonly event: TracepointName };

const forms = "xdp:IF[:native|generic|auto], tc:IF[:ingress|egress][:tcx|clsact], tracepoint:CATEGORY/NAME";

function oneOf<T extends string>(allowed: readonly T[], text: string): T | undefined {
  return allowed.find((a) => a === text);
}

/**
 * @throws BpfError ARGUMENT that quotes the argument and lists the forms
 * @example parseAttachSpec("xdp:eth0:generic") // { kind: "xdp", interface: "eth0", mode: "generic" }
 */
export function parseAttachSpec(text: string): AttachSpec {
  const refuse = (why: string): never => {
    throw new BpfError("ARGUMENT", `--attach ${text}: ${why}; the forms are ${forms}`);
  };
  const named = /^(?:([A-Za-z_$][\w$]*)=)?([a-z]+):(.+)$/.exec(text);
  if (!named) return refuse("not understood");
  const [, name, kind, rest = ""] = named;
  const program = name === undefined ? {} : { program: name };
  if (kind === "tracepoint" || kind === "tp") {
    const found = /^([\w-]+)[/:]([\w-]+)$/.exec(rest);
    if (!found) return refuse("a tracepoint is CATEGORY/NAME");
    return { kind: "tracepoint", ...program, event: { category: found[1] ?? "", name: found[2] ?? "" } };
  }
  const [device = "", ...words] = rest.split(":");
  // IFNAMSIZ is 16 with the terminating zero (include/uapi/linux/if.h); the kernel forbids "/" and white space.
  if (!/^[^\s/:]{1,15}$/.test(device)) return refuse(`"${device}" cannot be an interface's name`);
  if (kind === "xdp") {
    const mode = words.length === 0 ? "auto" : oneOf(["native", "generic", "auto"], words[0] ?? "");
    if (mode === undefined || words.length > 1) return refuse(`"${words.join(":")}" is no XDP mode`);
    return { kind: "xdp", ...program, interface: device, mode };
  }
  if (kind !== "tc") return refuse(`"${kind}" cannot be attached by name`);
  let direction: TcDirection | undefined;
  let hook: "tcx" | "clsact" | "auto" = "auto";
  for (const word of words) {
    const isDirection = oneOf(["ingress", "egress"], word);
    const isHook = oneOf(["tcx", "clsact", "auto"], word);
    if (isDirection) direction = isDirection;
    else if (isHook) hook = isHook;
    else return refuse(`"${word}" is neither a direction nor a hook`);
  }
  return { kind: "tc", ...program, interface: device, ...(direction && { direction }), hook };
}
