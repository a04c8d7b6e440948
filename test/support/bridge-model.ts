import ipaddr from 'ipaddr.js';
import type { Link } from '../../daemon/host/ip/links.ts';
import type { Original, Originals } from '../../daemon/host/ledger.ts';
import { type Attributes, attributeNames, type Command } from '../../daemon/network/bridge/attributes.ts';
import type { BridgeChange } from '../../daemon/network/bridge/bridge-change.ts';
import type { ObservedBridge } from '../../daemon/network/bridge/observe.ts';
import { isLeft } from '../../daemon/network/host-setting.ts';

const isIPv6 = (address: string): boolean => address.includes(':');

const networkOf = (cidr: string): string =>
  `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split('/')[1]}`;

export interface ModelState {
  readonly attributes: Attributes | undefined;
  readonly addresses: readonly string[];
  readonly ports: readonly Link[];
  readonly orphans: readonly Link[];
}

/** What the kernel does to one bridge, cbr0, by the commands of bootlet, and what the ledger has of it. */
export class BridgeModel {
  #state: ModelState;
  #originals: Originals = {};
  /** Addresses of the bridge that Docker's network has as its gateways. */
  #gateways: readonly string[] = [];
  /** The addresses after each command. */
  readonly history: (readonly string[])[] = [];

  constructor(state: ModelState) {
    this.#state = state;
  }

  get state(): ModelState {
    return this.#state;
  }

  get originals(): Originals {
    return this.#originals;
  }

  get observed(): ObservedBridge {
    return { ...this.#state, gateways: this.#gateways, defaultAcceptRa: '1' };
  }

  /** Makes all changes, or those before the cut; of the one at the cut only the ledger knows. */
  carryOut(changes: readonly BridgeChange[], cut = Number.POSITIVE_INFINITY): void {
    for (const [number, change] of changes.filter((c) => !isLeft(c)).entries()) {
      if (number > cut) return;
      const { ledger, entry = change.object } = change;
      if (ledger.do === 'enter') this.#enter(entry, ledger.original);
      if (number === cut) return;
      for (const command of change.commands) this.#perform(command);
      if (ledger.do === 'strike') {
        const { [entry]: _, ...left } = this.#originals;
        this.#originals = left;
      }
    }
  }

  /** Somebody else does something to the host. */
  disturb(state: Partial<ModelState>): void {
    this.#state = { ...this.#state, ...state };
  }

  /** Docker is started anew, or not any more. */
  dockerHas(gateways: readonly string[]): void {
    this.#gateways = gateways;
  }

  #enter(entry: string, original: Original): void {
    if (!Object.hasOwn(this.#originals, entry)) this.#originals = { ...this.#originals, [entry]: original };
  }

  #perform(command: Command): void {
    if (command.kind === 'ip') this.#ip(command.args);
    else if (command.kind === 'ip-batch') for (const line of command.lines) this.#ip(line.split(' '));
    else this.#set({ accept_ra: command.value });
    this.history.push(this.#state.addresses);
  }

  #set(more: Partial<Attributes>): void {
    const { attributes } = this.#state;
    if (attributes === undefined) throw new Error('Cannot find device "cbr0"');
    this.#state = { ...this.#state, attributes: { ...attributes, ...more } };
    const isDown = this.#state.attributes?.state === 'down';
    if (isDown) this.#state = { ...this.#state, addresses: this.#state.addresses.filter((a) => !isIPv6(a)) };
  }

  #ip(args: readonly string[]): void {
    const line = args.join(' ');
    const [, add] = /^link add name cbr0 (address \S+ mtu \d+) type bridge$/.exec(line) ?? [];
    if (add !== undefined) return this.#create(add.split(' '));
    if (line === 'link delete cbr0') {
      const orphans = [...this.#state.orphans, ...this.#state.ports];
      this.#state = { attributes: undefined, addresses: [], ports: [], orphans };
      return;
    }
    const [, verb, address = ''] = /^address (replace|delete) (\S+) dev cbr0( nodad)?$/.exec(line) ?? [];
    if (verb === 'replace') return this.#add(address);
    if (verb === 'delete') return this.#delete(address);
    const [, port = '', what] = /^link set (veth\d+) (master cbr0 up|type bridge_slave hairpin on)$/.exec(line) ?? [];
    if (what !== undefined) return this.#setPort(port, what.startsWith('master'));
    const [, name, value] = /^link set cbr0 (?:type bridge )?(\S+)(?: (\S+))?$/.exec(line) ?? [];
    const attribute = attributeNames.find((a) => a === name);
    if (attribute !== undefined && value !== undefined) return this.#set({ [attribute]: value });
    if (name !== 'up' && name !== 'down') throw new Error(`ip does not know: ${line}`);
    this.#set({ state: name });
  }

  #create([, address, , mtu]: readonly string[]): void {
    if (this.#state.attributes !== undefined) throw new Error('File exists');
    const bits = { nf_call_iptables: '0', nf_call_ip6tables: '0' };
    const attributes = { address, mtu, ...bits, accept_ra: '1', promisc: 'off', state: 'down' };
    this.#state = { ...this.#state, attributes };
  }

  #add(address: string): void {
    const { addresses } = this.#state;
    if (addresses.includes(address)) return;
    const isTaken = isIPv6(address) && addresses.some((a) => a.split('/')[0] === address.split('/')[0]);
    if (isTaken) throw new Error('File exists');
    this.#state = { ...this.#state, addresses: isIPv6(address) ? [address, ...addresses] : [...addresses, address] };
  }

  /** With the first address of a network of IPv4 its others go (promote_secondaries=0). */
  #delete(address: string): void {
    const { addresses } = this.#state;
    if (!addresses.includes(address)) throw new Error('Cannot assign requested address');
    const isOfSame = (a: string) => !isIPv6(a) && !isIPv6(address) && networkOf(a) === networkOf(address);
    const isFirst = addresses.find(isOfSame) === address;
    this.#state = {
      ...this.#state,
      addresses: addresses.filter((a) => a !== address && !(isFirst && isOfSame(a))),
    };
  }

  #setPort(name: string, isEnslaved: boolean): void {
    const { ports, orphans } = this.#state;
    const port = [...ports, ...orphans].find((link) => link.name === name);
    if (port === undefined) throw new Error(`Cannot find device "${name}"`);
    const others = (links: readonly Link[]) => links.filter((link) => link !== port);
    if (isEnslaved) {
      const back = { ...port, master: 'cbr0', hairpin: false };
      this.#state = { ...this.#state, ports: [...others(ports), back], orphans: others(orphans) };
    } else if (port.master === undefined) throw new Error('Operation not supported');
    else this.#state = { ...this.#state, ports: [...others(ports), { ...port, hairpin: true }] };
  }
}
