/** Captures as tables of tests: `test.each(captureCases("traffic.pcap"))`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FileUrl } from "../facts/platform-types.js";
import { TestingError } from "./error.js";
import { readEthernetPcap } from "./pcap.js";

/** One packet of a capture, as `test.each` takes it: `%s` shows the first element. */
export type CaptureCase = readonly [
  name: string,
  packet: { readonly bytes: Uint8Array; readonly timestamp: bigint; readonly number: number },
];

/**
 * Reads a capture of Ethernet frames.
 * @param file path or file URL of a pcap or pcapng
 * @throws TestingError `TEST_SOURCE` (cannot be read), `PCAP_FORMAT`, `PCAP_TRUNCATED`, `PCAP_LINK`
 * @example test.each(captureCases("capture.pcap"))("%s", (_, { bytes }) => expect(vm.filter(bytes)).toRun());
 */
export function captureCases(file: string | FileUrl): CaptureCase[] {
  const path = typeof file === "string" ? file : fileURLToPath(file.href);
  let content: Uint8Array;
  try {
    content = new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new TestingError("TEST_SOURCE", `${path} cannot be read`, { cause });
  }
  return readEthernetPcap(content).map(({ bytes, timestamp }, i) => [
    `packet ${i + 1} (${bytes.length} bytes)`,
    { bytes, timestamp, number: i + 1 },
  ]);
}
