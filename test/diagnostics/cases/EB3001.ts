// EB3001: malformed handler.
import * as bpf from "ebpftsc";
import { tracepoint } from "ebpftsc";

export class P {
  @tracepoint("sys calls", "enter") static run(ctx: bpf.RawTracepointContext): void {} // error: EB3001
}
