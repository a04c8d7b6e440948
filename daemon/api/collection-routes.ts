import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BootletError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Collection } from './collection.ts';
import { type ListRequest, listRequest } from './list-request.ts';
import type { ApiObject } from './object.ts';
import { lineStream } from './stream.ts';
import { tableOf } from './table.ts';
import { watch } from './watch.ts';

/** What a client is sent whose resourceVersion is too old to go on from. */
const expired = {
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'too old resource version: list again',
    reason: 'Expired',
    code: 410,
  },
};

interface NamespacePath {
  readonly Params: { readonly namespace: string };
}
interface ObjectName {
  /** Of what has none it is absent. */
  readonly namespace?: string;
  readonly name: string;
}
interface ObjectPath {
  readonly Params: Required<ObjectName>;
}

/**
 * Serves a collection as Kubernetes does: list, watch and get, plain or as a Table.
 * @param prefix `/api/v1` or `/apis/GROUP/VERSION`
 */
export const serveCollection = <T extends ApiObject>(
  app: FastifyInstance,
  prefix: string,
  collection: Collection<T>,
  clock: Clock,
): void => {
  const render = (objects: readonly T[], { table }: ListRequest<T>, version: string, withColumns: boolean): unknown => {
    if (table !== undefined) {
      return tableOf(collection, objects, {
        rowObject: table,
        withColumns,
        now: clock.now(),
        resourceVersion: version,
      });
    }
    const metadata = { resourceVersion: version };
    return { kind: `${collection.kind}List`, apiVersion: collection.apiVersion, metadata, items: objects };
  };

  const stream = (wanted: ListRequest<T>, reply: FastifyReply): void => {
    const lines = lineStream(reply);
    let withColumns = true;
    const send = ({ type, object }: { type: string; object: T }): void => {
      const version = object.metadata.resourceVersion;
      lines.send({
        type,
        object: wanted.table === undefined ? object : render([object], wanted, version, withColumns),
      });
      withColumns = false;
    };
    const started = watch(collection, wanted.matches, wanted.since, send);
    if (started === undefined) {
      lines.send(expired);
      lines.end();
      return;
    }
    lines.onClose(started.end);
    for (const event of started.initial) send(event);
  };

  const answer = (request: FastifyRequest, reply: FastifyReply, namespace?: string): unknown => {
    const wanted = listRequest(request.url, request.headers.accept, collection, namespace);
    if (wanted.watch) return stream(wanted, reply);
    return render(collection.list().filter(wanted.matches), wanted, String(collection.version()), true);
  };

  const { resource } = collection;
  app.get(`${prefix}/${resource}`, async (request, reply) => answer(request, reply));
  app.get<NamespacePath>(`${prefix}/namespaces/:namespace/${resource}`, async (request, reply) =>
    answer(request, reply, request.params.namespace),
  );
  const one = async (request: FastifyRequest, name: ObjectName): Promise<unknown> => {
    const object = find(collection, name);
    const wanted = listRequest(request.url, request.headers.accept, collection, undefined);
    return wanted.table === undefined ? object : render([object], wanted, object.metadata.resourceVersion, true);
  };
  app.get<ObjectPath>(`${prefix}/namespaces/:namespace/${resource}/:name`, async (request) =>
    one(request, request.params),
  );
  app.get<{ readonly Params: ObjectName }>(`${prefix}/${resource}/:name`, async (request) =>
    one(request, request.params),
  );
};

/** @throws BootletError E_NOT_FOUND */
export const find = <T extends ApiObject>(collection: Collection<T>, { namespace, name }: ObjectName): T => {
  const object = collection.list().find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  if (object !== undefined) return object;
  const hint = `GET the collection, or type bootlet ${collection.resource}, for what there is`;
  throw new BootletError('E_NOT_FOUND', `${collection.resource} "${name}" not found`, { hint, retryable: false });
};
