import { BootletError } from '../../errors.ts';
import { Semaphore } from '../../reconcile/semaphore.ts';
import { concernsOne } from '../concerns-one.ts';
import type { ObservedContainer } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { INSTANCE_LABEL, isOfPod } from './identity.ts';
import {
  type Fields,
  fieldsOf,
  itemsOf,
  numberIn,
  objectIn,
  stringIn,
  stringMapIn,
  stringsIn,
  textOf,
} from './json.ts';
import { observedFrom, unreadFrom } from './observe.ts';

/** Inspects of a list under way at once: a list must not take the connections that a start needs. */
const INSPECTS = 8;
/** One that hangs must not hold up the list of all; one that is being started takes seconds. */
const LISTED_INSPECT_MS = 15_000;

export interface Created {
  readonly id: string;
  /** False when it was there already. */
  readonly isNew: boolean;
  /** What of the request this host leaves out, in Docker's words. */
  readonly warnings: readonly string[];
}

/** The calls on containers that sandboxes and containers have in common. */
export class DockerContainers {
  readonly #engine: DockerEngine;
  readonly #instance: string;
  readonly #inspects = new Semaphore(INSPECTS);

  constructor(engine: DockerEngine, instance: string) {
    this.#engine = engine;
    this.#instance = instance;
  }

  /**
   * Creates a container, or finds the one that an earlier call made whose answer was lost. Undefined when its image is
   * not on this host.
   * @throws BootletError E_RUNTIME_CONFLICT when the name belongs to someone else
   */
  async create(name: string, body: Readonly<Record<string, unknown>>): Promise<Created | undefined> {
    const call = { method: 'POST', path: '/containers/create', query: { name }, body, expect: [404, 409] } as const;
    const answer = await this.#engine.call(call);
    if (answer.status === 404) {
      const message = textOf(answer.body, 'message') ?? '';
      if (/no such image/i.test(message)) return undefined;
      throw new BootletError('E_RUNTIME_REFUSED', `docker refused to create ${name}: ${message}`);
    }
    if (answer.status === 409) return { id: await this.#ownNamed(name), isNew: false, warnings: [] };
    const created = fieldsOf(answer.body, 'a created container');
    return { id: stringIn(created, 'Id'), isNew: true, warnings: stringsIn(created, 'Warnings') };
  }

  async start(id: string): Promise<void> {
    await this.#engine.call({ method: 'POST', path: `/containers/${id}/start` });
  }

  async signal(id: string, signal: string): Promise<void> {
    await this.#engine.call({ method: 'POST', path: `/containers/${id}/kill`, query: { signal }, expect: [404, 409] });
  }

  async remove(id: string): Promise<void> {
    const answer = await this.#engine.call({
      method: 'DELETE',
      path: `/containers/${id}`,
      query: { v: true },
      expect: [404, 409],
    });
    if (answer.status !== 409) return;
    // 409 says either that it still runs or that an earlier call is removing it.
    const observed = await this.inspect(id);
    if (observed === undefined) return;
    const why = observed.state === 'running' ? 'still runs and cannot be removed' : 'is already being removed';
    throw new BootletError('E_RUNTIME_REFUSED', `container ${id} ${why}`);
  }

  /** Undefined when it is gone or of no pod of this instance. */
  async inspect(id: string): Promise<ObservedContainer | undefined> {
    const body = await this.inspectRaw(id);
    return body === undefined ? undefined : observedFrom(body, this.#instance);
  }

  /** Docker's own answer; undefined when it is gone. */
  async inspectRaw(id: string, timeoutMs?: number): Promise<unknown> {
    const call = { method: 'GET', path: `/containers/${id}/json`, expect: [404] } as const;
    const answer = await this.#engine.call(timeoutMs === undefined ? call : { ...call, timeoutMs });
    return answer.status === 404 ? undefined : answer.body;
  }

  /** The oom_score_adj that a container was created with; undefined when it is gone. */
  async oomScore(id: string): Promise<number | undefined> {
    const body = await this.inspectRaw(id);
    if (body === undefined) return undefined;
    return numberIn(objectIn(fieldsOf(body, 'a container'), 'HostConfig'), 'OomScoreAdj');
  }

  /** Docker's list lacks exit codes and times, so each entry is inspected. */
  async list(): Promise<readonly ObservedContainer[]> {
    const entries = (await this.#listed()).filter(isListedOfPod);
    const observed = await Promise.all(entries.map((entry) => this.#inspects.run(() => this.#inspectListed(entry))));
    return observed.filter((container) => container !== undefined);
  }

  /** Ids of those of this instance that are part of no pod. */
  async besidePods(): Promise<readonly string[]> {
    const entries = await this.#listed();
    return entries.filter((entry) => !isListedOfPod(entry)).map((entry) => stringIn(entry, 'Id'));
  }

  async #listed(): Promise<readonly Fields[]> {
    const filters = JSON.stringify({ label: [`${INSTANCE_LABEL}=${this.#instance}`] });
    const answer = await this.#engine.call({ method: 'GET', path: '/containers/json', query: { all: true, filters } });
    return itemsOf(answer.body, 'the list of containers').map((entry) => fieldsOf(entry, 'a listed container'));
  }

  async #inspectListed(entry: Fields): Promise<ObservedContainer | undefined> {
    const id = stringIn(entry, 'Id');
    try {
      const body = await this.inspectRaw(id, LISTED_INSPECT_MS);
      return body === undefined ? undefined : observedFrom(body, this.#instance);
    } catch (error) {
      if (concernsOne(error)) return unreadFrom(entry, error.message);
      throw error;
    }
  }

  async #ownNamed(name: string): Promise<string> {
    const body = await this.inspectRaw(name);
    // Docker reserves a name before the container is there and after it has gone; the next try will tell.
    if (body === undefined)
      throw new BootletError('E_RUNTIME_REFUSED', `the name ${name} is taken, but nothing has it yet`);
    const holder = fieldsOf(body, 'a container');
    const id = stringIn(holder, 'Id');
    if (stringMapIn(objectIn(holder, 'Config'), 'Labels')[INSTANCE_LABEL] === this.#instance) return id;
    throw new BootletError(
      'E_RUNTIME_CONFLICT',
      `the name ${name} belongs to container ${id}, which is not this bootlet's`,
      {
        hint: `Bootlet removes nothing that is not its own. If it is no longer needed: docker rm -f ${id.slice(0, 12)}`,
      },
    );
  }
}

const isListedOfPod = (entry: Fields): boolean => isOfPod(stringMapIn(entry, 'Labels'));
