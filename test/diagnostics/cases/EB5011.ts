// EB5011: unreleased reference.
import { xdp, struct, RingBuf, range, XdpContext, XdpAction, u32 } from "ebpftsc";

@struct class Event { length!: u32; port!: u32 }

export class P {
  static readonly events = new RingBuf<Event>(4096);

  @xdp static early(ctx: XdpContext): XdpAction {
    const event = P.events.reserve();
    if (!event) return XdpAction.Pass;
    event.length = ctx.length;
    if (ctx.length > 1500) return XdpAction.Drop; // error: EB5011
    P.events.submit(event);
    return XdpAction.Pass;
  }

  @xdp static never(ctx: XdpContext): XdpAction {
    const event = P.events.reserve();
    if (event) event.length = ctx.length;
    return XdpAction.Pass; // error: EB5011
  }

  @xdp static onlyOneBranch(ctx: XdpContext): XdpAction {
    if (ctx.length > 60) {
      const event = P.events.reserve();
      if (event) {
        event.length = ctx.length;
        if (ctx.length > 100) P.events.submit(event);
      }
    }
    return XdpAction.Pass; // error: EB5011
  }

  @xdp static everyRound(ctx: XdpContext): XdpAction {
    for (const i of range(4)) {
      const event = P.events.reserve();
      if (!event) continue;
      event.port = u32(i);
      if (i === 3) P.events.discard(event);
    }
    return XdpAction.Pass; // error: EB5011
  }

  static fill(event: Event, length: u32): void {
    event.length = length;
  }

  @xdp static handedToOneThatKeeps(ctx: XdpContext): XdpAction {
    const event = P.events.reserve();
    if (event === undefined) return XdpAction.Pass;
    P.fill(event, ctx.length);
    switch (ctx.length) {
      case 60:
        P.events.submit(event);
        break;
      case 61:
        return XdpAction.Drop; // error: EB5011
      default:
        P.events.discard(event);
    }
    return XdpAction.Pass;
  }
}
