/**
 * Prints a table of who makes which directory until Ctrl-C. Needs the loader:
 * `ebpftsc build examples/mkdir-watch/mkdir-watch.ts -o examples/mkdir-watch/dist`, then `node watch.mjs` as root.
 */
import { MkdirWatch } from "./dist/mkdir-watch.loader.js";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const watch = await MkdirWatch.open().load();
try {
  watch.mkdir.attach();
  watch.mkdirat.attach();
  // Events carry the time since boot; the difference to the wall clock is the same for all of them.
  const boot = Date.now() - Number(process.hrtime.bigint() / 1_000_000n);
  console.log("TIME          UID    PID      COMM             MODE   PATH");
  for await (const e of watch.events.read({ signal: stop.signal })) {
    const time = new Date(boot + Number(e.ts / 1_000_000n)).toISOString().slice(11, 23);
    const columns = [time.padEnd(13), String(e.uid).padEnd(6), String(e.pid).padEnd(8), e.comm.padEnd(16)];
    console.log(`${columns.join(" ")} ${`0${e.mode.toString(8)}`.padEnd(6)} ${e.path}`);
  }
  if (watch.lost > 0n) console.log(`${watch.lost} events were lost: the ring buffer was full`);
} finally {
  watch.close();
}
