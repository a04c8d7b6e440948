interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly containerStatuses: readonly { readonly ready: boolean }[] };
  }[];
}

/** Names of the pods whose containers are all ready, from what `bootlet pods -o json` printed. */
export const readyPodsOf = (json: string): string[] => {
  const { items }: PodList = JSON.parse(json);
  const isReady = ({ status }: PodList['items'][number]): boolean =>
    status.containerStatuses.every(({ ready }) => ready);
  return items.filter(isReady).map(({ metadata }) => metadata.name);
};
