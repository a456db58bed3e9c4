/**
 * Numbers of the kernel's user API that kernel access needs. Source: include/uapi/linux/bpf.h and if_link.h of Linux
 * 6.18; names are the kernel's without prefix.
 */

/** enum bpf_cmd */
export const BpfCmd = {
  MapCreate: 0,
  MapLookupElem: 1,
  MapUpdateElem: 2,
  MapDeleteElem: 3,
  MapGetNextKey: 4,
  ProgLoad: 5,
  ObjPin: 6,
  ObjGet: 7,
  ProgTestRun: 10,
  ProgGetFdById: 13,
  MapGetFdById: 14,
  ObjGetInfoByFd: 15,
  BtfLoad: 18,
  MapLookupAndDeleteElem: 21,
  MapFreeze: 22,
  MapLookupBatch: 24,
  MapUpdateBatch: 26,
  MapDeleteBatch: 27,
  LinkCreate: 28,
  LinkUpdate: 29,
  LinkGetFdById: 30,
  LinkGetNextId: 31,
  EnableStats: 32,
} as const;

/** XDP_FLAGS_* (if_link.h) */
export const XdpFlags = { UpdateIfNoExist: 1, Skb: 2, Drv: 4, Hw: 8 } as const;

/** enum bpf_tc_attach_point (libbpf.h) */
export const TcPoint = { Ingress: 1, Egress: 2, Both: 3 } as const;

/** BPF_OBJ_NAME_LEN, the terminating zero included. */
export const OBJ_NAME_LEN = 16;

/** enum bpf_link_type, of links on interfaces */
export const LinkType = { Xdp: 6, Tcx: 11 } as const;

/** BPF_FS_MAGIC (include/uapi/linux/magic.h): the type that statfs gives for a bpf file system. */
export const BPF_FS_MAGIC = 0xcafe4a11;

/** ETH_HLEN (include/uapi/linux/if_ether.h): bytes of an Ethernet header. */
export const ETH_HLEN = 14;
