/** Several async generators as one: values in the order in which they arrive. Leaving the result ends all of them. */

/** @throws what any of them throws, after ending the others */
export async function* mergeStreams<T>(
  streams: readonly AsyncGenerator<T, void, undefined>[],
): AsyncGenerator<T, void, undefined> {
  type Step = { readonly from: AsyncGenerator<T, void, undefined>; readonly result: IteratorResult<T, void> };
  const step = async (from: AsyncGenerator<T, void, undefined>): Promise<Step> => ({ from, result: await from.next() });
  const waiting = new Map(streams.map((s) => [s, step(s)] as const));
  try {
    while (waiting.size > 0) {
      const { from, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(from);
        continue;
      }
      waiting.set(from, step(from));
      yield result.value;
    }
  } finally {
    // Not awaited: a generator that waits for an event answers only when its own signal aborts.
    for (const stream of waiting.keys()) void stream.return().catch(() => undefined);
    for (const pending of waiting.values()) void pending.catch(() => undefined);
  }
}
