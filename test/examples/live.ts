/** What the live tests of the examples share: an example's object in the kernel, and traffic between two namespaces. */
import { execFileSync } from "node:child_process";
import { compile } from "../../compiler/index.js";
import type { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { root } from "../harness/root.js";

/** An example, compiled and opened. */
export function openExample(file: string): OpenObject {
  const { object, diagnostics } = compile(`${root}examples/${file}`);
  if (!object) throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join("\n"));
  return new OpenObject(object);
}

/** One datagram. */
export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Sends datagrams from inside a namespace, in order; the sockets wait for nothing. */
export function sendDatagrams(netns: string, datagrams: readonly Datagram[]): void {
  const script = `
    const dgram = require("node:dgram");
    const send = ({ from, to, port }) => new Promise((done, failed) => {
      const socket = dgram.createSocket(to.includes(":") ? "udp6" : "udp4");
      socket.on("error", failed);
      socket.bind({ address: from }, () => socket.send("hello", port, to, (error) => {
        socket.close();
        error ? failed(error) : done();
      }));
    });
    (async () => { for (const d of ${JSON.stringify(datagrams)}) await send(d); })();`;
  execFileSync("ip", ["netns", "exec", netns, process.execPath, "-e", script], { stdio: ["ignore", "ignore", "pipe"] });
}

/** The first records that `wanted` is true for; throws when they do not come. */
export async function records<T>(ring: RingBuffer<T>, count: number, wanted: (record: T) => boolean): Promise<T[]> {
  const found: T[] = [];
  const signal = AbortSignal.timeout(30_000);
  for await (const record of ring.read({ signal })) {
    if (wanted(record)) found.push(record);
    if (found.length === count) return found;
  }
  throw new Error(`${found.length} of ${count} records came from ${ring.name}`);
}
