/** Members of sockets that programs may read: "offset:or-ed sizes" (check_sock_access; measured on Linux 6.18). */
import { Kind } from "../state/reg.js";

// biome-ignore format: a table
const ROWS = {
  sock_common:
    "0:4 4:7 24:7 25:1 26:3 27:1 28:7 29:1 30:3 31:1 32:7 33:1 34:3 35:1 36:7 37:1 38:3 39:1 40:7 41:1 42:3 43:1 " +
    "44:7 48:7 49:1 52:7 53:1 54:3 55:1 56:7 57:1 58:3 59:1 60:7 61:1 62:3 63:1 64:7 65:1 66:3 67:1 68:7 69:1 " +
    "70:3 71:1 72:7 76:7",
  sock:
    "0:4 4:7 8:7 12:7 16:4 20:4 24:7 25:1 26:3 27:1 28:7 29:1 30:3 31:1 32:7 33:1 34:3 35:1 36:7 37:1 38:3 39:1 " +
    "40:7 41:1 42:3 43:1 44:7 48:7 49:1 52:7 53:1 54:3 55:1 56:7 57:1 58:3 59:1 60:7 61:1 62:3 63:1 64:7 65:1 " +
    "66:3 67:1 68:7 69:1 70:3 71:1 72:7 76:7",
  tcp_sock:
    "0:4 4:4 8:4 12:4 16:4 20:4 24:4 28:4 32:4 36:4 40:4 44:4 48:4 52:4 56:4 60:4 64:4 68:4 72:4 76:4 80:8 88:8 " +
    "96:4 100:4 104:4 108:4",
  xdp_sock:
    "0:4",
} as const;

const parse = (text: string): ReadonlyMap<number, number> =>
  new Map(
    text.split(" ").map((part) => {
      const [offset = 0, sizes = 0] = part.split(":").map(Number);
      return [offset, sizes];
    }),
  );

const FIELDS: ReadonlyMap<number, ReadonlyMap<number, number>> = new Map([
  [Kind.SockCommon, parse(ROWS.sock_common)],
  [Kind.Socket, parse(ROWS.sock)],
  [Kind.TcpSock, parse(ROWS.tcp_sock)],
  [Kind.XdpSock, parse(ROWS.xdp_sock)],
]);

/** May `size` bytes at `offset` of a socket of this kind be read? */
export const socketField = (kind: number, offset: number, size: number): boolean =>
  ((FIELDS.get(kind)?.get(offset) ?? 0) & size) !== 0;
