/** What bootlet fills in, and reads, of Kubernetes' ObjectMeta. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly resourceVersion: string;
}

/** The part that every served object has: Kubernetes' TypeMeta and ObjectMeta. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** `NAMESPACE/NAME` */
export const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export const versionOf = ({ metadata }: ApiObject): number => Number(metadata.resourceVersion);
