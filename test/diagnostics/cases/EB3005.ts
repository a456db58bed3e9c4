// EB3005: name used twice.
import { xdp, tc, XdpContext, XdpAction, SkBuff, TcAction, HashMap, u32 } from "ebpftsc";

export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    return XdpAction.Pass;
  }
  static license: u32 = 1;
  @tc("ingress") static tail(skb: SkBuff): TcAction {
    return P.license ? TcAction.Ok : TcAction.Shot;
  }
}

export class Q { @xdp static run(ctx: XdpContext): XdpAction { // error: EB3005
    return XdpAction.Drop;
  }
  static readonly Q_run = new HashMap<u32, u32>(1);
  @xdp static Q_run2(ctx: XdpContext): XdpAction { Q.Q_run.delete(1);
    return XdpAction.Drop; } }
