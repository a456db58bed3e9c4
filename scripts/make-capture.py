#!/usr/bin/env python3
"""Makes examples/firewall/capture.pcap: real traffic on a veth pair between two network namespaces of its own.

Usage: make-capture.py FILE (as root). Needs iproute2. The namespaces vanish at the end, also after an error.
Traffic: ARP, ICMP, UDP, TCP (accepted and refused), IPv4 options and fragments, the same over IPv6 with neighbour
discovery and extension headers, and frames with one and two VLAN tags. Checksum offload is off, so that every
checksum in the file is the one on the wire.
"""
import array
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
import time

NEAR, FAR = f"cap{os.getpid()}n", f"cap{os.getpid()}f"
NEAR4, FAR4, BAD4 = "10.99.0.1", "10.99.0.2", "10.99.0.66"
NEAR6, FAR6, BAD6 = "fd99::1", "fd99::2", "fd99::66"
ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA = 3, 263, 8  # include/uapi/linux/if_packet.h
SIOCETHTOOL, ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO = 0x8946, 0x17, 0x1F, 0x24  # include/uapi/linux/ethtool.h
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*args):
    subprocess.run(["ip", *args], check=True)


@contextlib.contextmanager
def inside(namespace):
    """Runs the block's thread in a namespace; sockets made there stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        LIBC.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


def offload_off(device):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for command in (ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO):
            value = array.array("B", struct.pack("=II", command, 0))
            request = struct.pack("16sP", device.encode(), value.buffer_info()[0]).ljust(40, b"\0")
            with contextlib.suppress(OSError):  # not every kernel has every switch
                fcntl.ioctl(s, SIOCETHTOOL, request)


class Sniffer(threading.Thread):
    """Every frame of a device, both directions, with VLAN tags put back where they were."""

    def __init__(self, device):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.bind((device, 0))
        self.sock.settimeout(0.2)
        self.frames, self.done = [], False

    def run(self):
        while not self.done:
            try:
                frame, ancillary, _flags, _address = self.sock.recvmsg(65535, 64)
            except OSError:  # a timeout, or ENETDOWN until the other end is up
                continue
            for _level, kind, data in ancillary:
                if kind != PACKET_AUXDATA:
                    continue
                status, _len, _snap, _mac, _net, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
                if status & TP_STATUS_VLAN_VALID:
                    tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
                    frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
            self.frames.append((time.time_ns(), frame))

    def stop(self):
        self.done = True
        self.join()
        self.sock.close()


def servers():
    """In NEAR: echo over UDP and TCP, both families, until the process ends."""

    def echo_udp(s):
        while True:
            data, peer = s.recvfrom(65535)
            s.sendto(data, peer)

    def echo_tcp(s):
        while True:
            c, _peer = s.accept()
            with c:
                c.sendall(c.recv(65535))

    for family, host in ((socket.AF_INET, NEAR4), (socket.AF_INET6, NEAR6)):
        u = socket.socket(family, socket.SOCK_DGRAM)
        u.bind((host, 7))
        threading.Thread(target=echo_udp, args=(u,), daemon=True).start()
        for port in (22, 80):
            t = socket.socket(family, socket.SOCK_STREAM)
            t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            t.bind((host, port))
            t.listen()
            threading.Thread(target=echo_tcp, args=(t,), daemon=True).start()


def udp(family, source, target, port, data, *options):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        for option in options:
            s.setsockopt(*option)
        s.bind((source, 0))
        s.settimeout(1)
        s.connect((target, port))
        s.send(data)
        with contextlib.suppress(OSError):  # nobody listens: that is traffic too
            s.recv(65535)


def tcp(family, source, target, port):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.bind((source, 0))
        s.settimeout(1)
        with contextlib.suppress(OSError):
            s.connect((target, port))
            s.send(b"GET / HTTP/1.0\r\n\r\n")
            s.recv(65535)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(family, target, count):
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    with socket.socket(family, socket.SOCK_RAW, protocol) as s:
        for sequence in range(count):
            kind = 8 if family == socket.AF_INET else 128  # echo request; ICMPv6 checksums are the kernel's work
            body = struct.pack("!HH", 4711, sequence) + b"ebpftsc"
            sent = struct.pack("!BBH", kind, 0, 0) + body
            if family == socket.AF_INET:
                sent = struct.pack("!BBH", kind, 0, checksum(sent)) + body
            s.sendto(sent, (target, 0))


def ipv4_udp(source, target, port, data):
    segment = struct.pack("!HHHH", 40000, port, 8 + len(data), 0) + data
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 17, len(segment))
    segment = segment[:6] + struct.pack("!H", checksum(pseudo + segment)) + segment[8:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 1, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + segment


def tagged(device, frames):
    """Frames that end hosts do not make without VLAN devices, sent through a raw socket."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((device, 0))
        mac = s.getsockname()[4]
        for tags, payload in frames:
            s.send(b"\xff" * 6 + mac + b"".join(struct.pack("!HH", *t) for t in tags) + struct.pack("!H", 0x0800) + payload)


def traffic():
    v4, v6 = socket.AF_INET, socket.AF_INET6
    ping(v4, NEAR4, 3)
    udp(v4, FAR4, NEAR4, 7, b"echo over UDP")
    udp(v4, FAR4, NEAR4, 53, b"nobody listens here")
    udp(v4, FAR4, NEAR4, 7, b"record route", (socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x07\x07\x04\0\0\0\0\0"))
    udp(v4, FAR4, NEAR4, 7, bytes(4000))
    tcp(v4, FAR4, NEAR4, 80)
    tcp(v4, FAR4, NEAR4, 22)
    tcp(v4, FAR4, NEAR4, 443)
    udp(v4, BAD4, NEAR4, 7, b"from a blocked address")
    tcp(v4, BAD4, NEAR4, 80)
    ping(v6, NEAR6, 3)
    udp(v6, FAR6, NEAR6, 7, b"echo over UDP, IPv6")
    # One 8-byte options header of padding: PadN (RFC 8200, 4.2). The kernel fills in the next header.
    padding = b"\0\0\x01\x04\0\0\0\0"
    udp(v6, FAR6, NEAR6, 7, b"hop by hop", (socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, padding))
    udp(v6, FAR6, NEAR6, 22, b"destination options", (socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, padding))
    udp(v6, FAR6, NEAR6, 7, bytes(4000))
    tcp(v6, FAR6, NEAR6, 80)
    tcp(v6, FAR6, NEAR6, 22)
    udp(v6, BAD6, NEAR6, 7, b"from a blocked prefix")
    tagged(
        "veth0",
        [
            ([(0x8100, 100)], ipv4_udp(FAR4, NEAR4, 7, b"one tag")),
            ([(0x8100, 100)], ipv4_udp(FAR4, NEAR4, 22, b"one tag, blocked port")),
            ([(0x88A8, 200), (0x8100, 300)], ipv4_udp(FAR4, NEAR4, 22, b"two tags, blocked port")),
            ([(0x88A8, 200), (0x8100, 300)], ipv4_udp(BAD4, NEAR4, 7, b"two tags, blocked address")),
        ],
    )


def write_pcap(path, frames):
    with open(path, "wb") as out:
        # pcap with nanoseconds, version 2.4, no limit, Ethernet (draft-ietf-opsawg-pcap).
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for stamp, frame in frames:
            out.write(struct.pack("<IIII", stamp // 10**9, stamp % 10**9, len(frame), len(frame)) + frame)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make-capture.py FILE")
    try:
        ip("netns", "add", NEAR)
        ip("netns", "add", FAR)
        ip("-n", NEAR, "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", FAR)
        for namespace, addresses in ((NEAR, (NEAR4, NEAR6)), (FAR, (FAR4, BAD4, FAR6, BAD6))):
            for address in addresses:
                extra = ["nodad"] if ":" in address else []
                ip("-n", namespace, "address", "add", f"{address}/{64 if extra else 24}", "dev", "veth0", *extra)
            with inside(namespace):
                offload_off("veth0")
        ip("-n", NEAR, "link", "set", "veth0", "up")
        with inside(NEAR):
            sniffer = Sniffer("veth0")
            sniffer.start()
        ip("-n", FAR, "link", "set", "veth0", "up")
        time.sleep(0.5)
        with inside(NEAR):
            servers()
        with inside(FAR):
            traffic()
        time.sleep(0.5)
        sniffer.stop()
        write_pcap(sys.argv[1], sniffer.frames)
        print(f"{len(sniffer.frames)} frames in {sys.argv[1]}")
    finally:
        for namespace in (NEAR, FAR):
            subprocess.run(["ip", "netns", "delete", namespace], stderr=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main()
