import { isMap } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';
import { wellKnownLabels } from '../../kubernetes/well-known-labels.ts';
import type { Writer } from '../../reconcile/store.ts';

type Labels = Readonly<Record<string, string>>;

export interface NodeLabelsOptions {
  readonly nodeName: string;
  /** As Node has it: x64, arm64. */
  readonly architecture: string;
  readonly configured: Labels;
  /** Where the labels last seen on the Node are kept. */
  readonly file: string;
  readonly labels: Writer<Labels>;
}

/**
 * The labels by which pods are placed: the well-known ones, over them those last seen on the Node, over them the
 * configured ones. What was seen is kept on disk, so that losing the apiserver never changes placement.
 */
export class NodeLabels {
  readonly #o: NodeLabelsOptions;
  readonly #file: StateFile<Labels>;

  constructor(options: NodeLabelsOptions) {
    this.#o = options;
    this.#file = new StateFile({
      path: options.file,
      parse: (json) => (isLabels(json) ? json : undefined),
      withoutIt: 'the labels are taken from the Node when it is seen next',
    });
  }

  /** @throws BootletError E_STATE_BROKEN: without its labels a node might run what belongs elsewhere */
  async load(): Promise<void> {
    this.#publish((await this.#file.load()) ?? {});
  }

  /** Takes over the labels of the Node as it was just seen. */
  async see(onNode: Labels): Promise<void> {
    await this.#file.save(onNode);
    this.#publish(onNode);
  }

  #publish(onNode: Labels): void {
    const { nodeName, architecture, configured, labels } = this.#o;
    labels.put(nodeName, { ...wellKnownLabels(nodeName, architecture), ...onNode, ...configured });
  }
}

const isLabels = (value: unknown): value is Labels =>
  isMap(value) && Object.values(value).every((label) => typeof label === 'string');
