/** Errors of the testing package: a capture that cannot be read, a program that cannot be had. */
import { oneLine } from "../facts/terminal.js";

/** Codes of {@link TestingError}. */
export type TestingErrorCode =
  | "PCAP_FORMAT"
  | "PCAP_TRUNCATED"
  | "PCAP_LINK"
  | "TEST_SOURCE"
  | "TEST_COMPILE"
  | "TEST_PROGRAM"
  | "TEST_TYPE"
  | "TEST_MODEL"
  | "TEST_REPLAY"
  | "TEST_COVERAGE";

export class TestingError extends Error {
  override readonly name = "TestingError";
  constructor(
    readonly code: TestingErrorCode,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(`${code}: ${reason}`), options);
  }
}
