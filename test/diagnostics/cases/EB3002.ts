// EB3002: no program. error: EB3002
import { u32 } from "ebpftsc";

export class P {
  static f(): u32 {
    return 1;
  }
}
