import type { AddressFamily, IpAddress } from '../../values/ip-address.js';
import type { MacAddress } from '../../values/mac-address.js';
import type { Prefix } from '../../values/prefix.js';
import type { Micros } from '../../values/time.js';

/*
 * What the VRRP process needs of the world. Each port has a real adapter over the kernel and a fake in test/support.
 */

/** CLOCK_MONOTONIC and the one timer of the process. */
export interface Clock {
  now(): Micros;
  /** Wall clock, milliseconds since the epoch; for display only. */
  wallClock(): number;
  /**
   * Calls `callback` once, at `deadline` or as soon after it as the host allows, never before; replaces the call asked
   * for before. null: no call.
   */
  arm(deadline: Micros | null, callback: () => void): void;
}

/** A VRRP datagram as it came in; nothing about its content has been checked. */
export type Datagram = Readonly<{
  /**
   * IPv4: the packet from its IP header on. IPv6: the VRRP message alone. Theirs who hand it over: good until the call returns.
   */
  bytes: Uint8Array;
  /** The interface it came in by. */
  interfaceIndex: number;
  family: AddressFamily;
  /** null where only the IP header tells (IPv4). */
  source: IpAddress | null;
  destination: IpAddress | null;
  hopLimit: number | null;
}>;

/** `waited`: for how long the datagram has been in the receive queue, as far as the host can tell. */
export type Receive = (datagram: Datagram, waited: Micros) => void;

/** Protocol-112 sockets of one interface and family: member of the VRRP group, bound to the device. */
export interface AdvertSocket {
  /**
   * Sends one VRRP message (the adapter makes the IP header: hop limit 255, CS6). Throws a `HostError` when the kernel refuses.
   */
  send(message: Uint8Array, source: IpAddress, destination: IpAddress): void;
  /**
   * Hands over as they come in, from now on, only adverts for these VRIDs and what has come in before one of them, or before a
   * resignation for any VRID; the others wait for {@link drain}. null, and at first: all of them.
   */
  heed(vrids: ReadonlySet<number> | null): void;
  /** Hands over at once what waits in the receive queue; false: there may be more. */
  drain(): boolean;
  close(): void;
}

export interface AdvertSockets {
  /** Throws a `HostError` when a socket cannot be opened. `receive` is called for every datagram. */
  open(link: Link, family: AddressFamily, receive: Receive, failed: (error: Error) => void): AdvertSocket;
}

/** A network interface of this host. */
export type Link = Readonly<{
  index: number;
  name: string;
  mac: MacAddress | null;
  /** Administratively up. */
  up: boolean;
  /** Up and with carrier: frames can leave. */
  running: boolean;
  mtu: number;
  multicast: boolean;
  loopback: boolean;
  /** rtnetlink's IFLA_INFO_KIND, e.g. `macvlan`; null for a plain device. */
  kind: string | null;
  /** The index of the lower device, for a macvlan; null otherwise. */
  parentIndex: number | null;
}>;

/** An address on an interface of this host. */
export type InterfaceAddress = Readonly<{
  interfaceIndex: number;
  prefix: Prefix;
  /** Marked as held by this program; see addresses/ownership.ts. */
  ours: boolean;
  secondary: boolean;
  /** IPv6: duplicate address detection is under way, or failed. The address must not be used. */
  tentative: boolean;
  deprecated: boolean;
  /** Smaller is wider: 0 global, 253 link, 254 host. */
  scope: number;
}>;

/**
 * The host's interfaces and addresses, as the kernel reports them; kept current by notifications. A list never changes: when something
 * does, there is another list.
 */
export interface HostNetwork {
  links(): readonly Link[];
  addresses(): readonly InterfaceAddress[];
  /** Called after every change, with the state already updated. */
  onChange(listener: () => void): void;
}

export type Lease = Readonly<{
  /** valid_lft, whole seconds. */
  seconds: number;
}>;

/** The addresses that this program holds on interfaces. Calls for one interface are carried out in order. */
export interface AddressTable {
  /**
   * Installs the addresses or renews those that are there; they are in the kernel when the call returns. Resolves when it has accepted
   * them. Rejects with `SomeRefused`, by formatted prefix, having done the others.
   */
  hold(interfaceIndex: number, prefixes: readonly Prefix[], lease: Lease): Promise<void>;
  /**
   * Extends what {@link hold} has installed: the same list again. `refused` is called once when the kernel does not do all of it; to find
   * out more, hold it again. False: something is not as it was, nothing was done, and `hold` is needed.
   */
  renew(interfaceIndex: number, prefixes: readonly Prefix[], lease: Lease, refused: () => void): boolean;
  /** Resolves when addresses that were accepted answer, as far as can be told; null: they do. */
  arrival(interfaceIndex: number, prefixes: readonly Prefix[]): Promise<void> | null;
  /** Removes the addresses; those that are not there are not an error. */
  release(interfaceIndex: number, prefixes: readonly Prefix[]): Promise<void>;
  /** Removes every address of ours on every interface but `except`; tells which. */
  sweep(except: readonly Readonly<{ interfaceIndex: number; prefix: Prefix }>[]): Promise<readonly string[]>;
}

/** Macvlan interfaces that carry a virtual MAC. */
export interface VirtualMacLinks {
  /** The index of the private macvlan with this MAC on top of `parent`, made or found. */
  ensure(parent: Link, mac: MacAddress, name: string): Promise<number>;
  remove(index: number): Promise<void>;
}

/** Tells the neighbours where an address is now. */
export interface Announcer {
  /**
   * Queues one announcement for each address (gratuitous ARP, request and reply form; unsolicited NA), paced so that
   * adverts are never delayed. A new call for the same interface and address replaces the queued one.
   */
  announce(link: Link, mac: MacAddress, addresses: readonly IpAddress[]): void;
  /** Forgets what is still queued for these addresses. */
  cancel(link: Link, addresses: readonly IpAddress[]): void;
}

/** Asks the segment who answers for an address that this host does not have; null: nobody does. */
export type AskNeighbours = (link: Link, address: IpAddress) => Promise<MacAddress | null>;
