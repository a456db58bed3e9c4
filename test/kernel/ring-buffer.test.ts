/** Ring buffers: events in order and decoded, back-pressure and loss, the ways a read ends. */
import { beforeAll, describe, expect, test } from "vitest";
import { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { announceSkip, compileFixture, kernelSkipReason } from "./support.js";

const skip = announceSkip("kernel/ring-buffer", kernelSkipReason());

interface Event {
  sequence: bigint;
  length: number;
  proto: number;
  comm: string;
}

describe.skipIf(skip)("ring buffer", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileFixture("everything.c");
  });
  const ring = (object: LoadedObject): RingBuffer<Event> => {
    const map = object.map("events");
    expect(map).toBeInstanceOf(RingBuffer);
    return map as RingBuffer<Event>;
  };
  const fire = (object: LoadedObject, count: number): void => {
    testRun(object.programFd("xdp_count"), { data: new Uint8Array(60), repeat: count });
  };

  test("events come in order, typed by the object's BTF, and are counted", async () => {
    using object = new OpenObject(bytes).load();
    const events = ring(object);
    fire(object, 20);
    const got: Event[] = [];
    for await (const event of events.read()) {
      got.push(event);
      if (got.length === 20) fire(object, 5); // more arrives while the loop runs
      if (got.length === 25) break;
    }
    expect(got.map((e) => e.sequence)).toEqual(Array.from({ length: 25 }, (_, i) => BigInt(i + 1)));
    expect(got[0]).toMatchObject({ length: 60, proto: 0 });
    expect(got[0]?.comm).not.toBe("");
    expect(events.stats).toMatchObject({ received: 25, malformed: 0 });
  });

  test("a waiting read wakes up for an event", async () => {
    using object = new OpenObject(bytes).load();
    const reader = ring(object).read();
    const next = reader.next();
    setTimeout(() => fire(object, 1), 20);
    expect((await next).value).toMatchObject({ sequence: 1n });
    await reader.return();
  });

  test("what did not fit is counted by the program and shown", async () => {
    using object = new OpenObject(bytes).load();
    const events = ring(object).countLossWith(() => object.variable("lost") as bigint);
    fire(object, 500); // 4096 bytes hold 102 records of 32 + 8 bytes
    const got: Event[] = [];
    const reader = events.read({ signal: AbortSignal.timeout(200) });
    for await (const event of reader) got.push(event);
    expect(got.length).toBe(102);
    expect(events.stats.lost).toBe(398n);
    expect(events.stats.pendingBytes).toBe(0);
    fire(object, 1);
    for await (const event of events.read()) {
      expect(event.sequence).toBe(501n);
      break;
    }
  });

  test("abort ends a waiting read at once, also one that was aborted before", async () => {
    using object = new OpenObject(bytes).load();
    const abort = new AbortController();
    const done = (async () => {
      for await (const _ of ring(object).read({ signal: abort.signal })) throw new Error("no event was sent");
    })();
    setTimeout(() => abort.abort(), 10);
    await done;
    for await (const _ of ring(object).read({ signal: abort.signal })) throw new Error("already aborted");
  });

  test("closing the object ends a waiting read", async () => {
    const object = new OpenObject(bytes).load();
    const done = (async () => {
      for await (const _ of ring(object).read()) throw new Error("no event was sent");
    })();
    setTimeout(() => object.close(), 10);
    await done;
  });

  test("one read at a time", async () => {
    using object = new OpenObject(bytes).load();
    fire(object, 1);
    const first = ring(object).read();
    await first.next();
    await expect(ring(object).read().next()).rejects.toMatchObject({ code: "ARGUMENT" });
    await first.return();
  });
});
