import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { podTypes } from '../../daemon/pods/manifest/schema/pod-types.ts';
import * as values from './pod-values.ts';

type Json = fc.JsonValue | { [key: string]: Json } | Json[];

/** Types of which exactly one field says what it is; the other fields that may be given beside it. */
const unions: Readonly<Record<string, readonly string[]>> = {
  Volume: ['name'],
  VolumeProjection: [],
  LifecycleHandler: [],
  EnvVarSource: [],
  EnvFromSource: ['prefix'],
  EnvVar: ['name'],
  Probe: [
    ...['failureThreshold', 'initialDelaySeconds', 'periodSeconds', 'successThreshold', 'timeoutSeconds'],
    'terminationGracePeriodSeconds',
  ],
};

/** Lists whose items are told apart by one field. */
const itemKeys: Readonly<Record<string, string>> = {
  Container: 'name',
  EphemeralContainer: 'name',
  Volume: 'name',
  VolumeMount: 'mountPath',
  ContainerPort: 'containerPort',
  EnvVar: 'name',
};

const neverEmpty = new Set(['PodSpec.containers', 'ExecAction.command']);

/** Of a Pod, what the manifest of a test always says in the same way. */
const fixed = { apiVersion: 'v1', kind: 'Pod' };

/** How often, in a thousand, fields are given that many others have to do with; those not listed share what is left. */
const shares: Readonly<Record<string, number>> = {
  'ConfigMapEnvSource.name': 950,
  'ConfigMapKeySelector.name': 950,
  'Container.image': 995,
  'EphemeralContainer.image': 995,
  'Container.name': 995,
  'PodSpec.containers': 998,
  'PodSpec.volumes': 500,
  'PodSpec.initContainers': 250,
  'PodSpec.ephemeralContainers': 30,
  'PodSpec.schedulingGates': 20,
  'Container.volumeMounts': 250,
  'Container.volumeDevices': 15,
  'Container.resources': 200,
  'Container.resizePolicy': 50,
  'Container.restartPolicyRules': 20,
  'ExecAction.command': 950,
  'Lifecycle.stopSignal': 50,
  'ObjectMeta.ownerReferences': 50,
  'PodDNSConfigOption.name': 970,
  'PodSpec.resourceClaims': 30,
  'Probe.terminationGracePeriodSeconds': 50,
  'ResourceRequirements.claims': 30,
  'SecretEnvSource.name': 950,
  'SecretKeySelector.name': 950,
  'VolumeMount.mountPropagation': 50,
  'VolumeMount.recursiveReadOnly': 50,
  'VolumeMount.subPathExpr': 50,
};

/** How often, in a thousand, a field, a list or a map holds a value of a wrong type; and a null. */
const WRONG_TYPES = 1;
const NULLS = 2;
/** How often, in a hundred, a value is none of the usual ones. */
const ODD = 2;
/** How many optional fields of an object are given, on average. */
const OPTIONAL_FIELDS = 3;

const absent = Symbol('absent');

interface OpenApi {
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>> }>
    >;
  };
}

/** The values that the OpenAPI document lists for a field, by `Type.field`. */
const readEnums = (): ReadonlyMap<string, readonly string[]> => {
  const file = join(import.meta.dirname, '../../build/pod-schema.openapi.json');
  const { components }: OpenApi = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(
    Object.entries(components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).flatMap(([field, { enum: known }]) =>
        known === undefined ? [] : [[`${name.slice(name.lastIndexOf('.') + 1)}.${field}`, known] as const],
      ),
    ),
  );
};

const wrongTypes: fc.Arbitrary<Json> = fc.constantFrom<Json>(true, 1, 1.5, 'x', [], {}, [null], { a: null }, '1', 1e30);

/**
 * Manifests over the whole schema of a Pod. Most values are usual ones, so that most manifests are valid or nearly so;
 * the others are at the limits of what is allowed, belong elsewhere, or are of a wrong type.
 */
export const podManifest = (): fc.Arbitrary<Json> => new Manifests().pod();

class Manifests {
  readonly #enums = readEnums();
  readonly #made = new Map<string, fc.Arbitrary<Json>>();

  pod(): fc.Arbitrary<Json> {
    const metadata = this.#object('ObjectMeta').map((given) => ({ name: 'web', ...(given as object) }));
    const spec = fc
      .tuple(mostly(fc.constant(true), fc.constant(false)), this.#object('PodSpec'))
      .map(([whole, given]) => (whole ? withVolumes(given) : given));
    return fc.record({ metadata, spec }).map((given) => ({ ...fixed, ...given }));
  }

  /** Of a notation of pod-types.ts; `key` is the `Type.field` that has it. */
  #value(notation: string, key: string): fc.Arbitrary<Json> {
    const id = `${notation} ${key}`;
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const made = fc.oneof(
      { withCrossShrink: true },
      { weight: 1000 - WRONG_TYPES - NULLS, arbitrary: this.#wellTyped(notation, key) },
      { weight: WRONG_TYPES, arbitrary: wrongTypes },
      { weight: NULLS, arbitrary: fc.constant(null) },
    );
    this.#made.set(id, made);
    return made;
  }

  #wellTyped(notation: string, key: string): fc.Arbitrary<Json> {
    if (notation.startsWith('[]')) return this.#list(notation.slice(2), key);
    if (notation.startsWith('{}')) return this.#map(notation.slice(2), key);
    if (Object.hasOwn(podTypes, notation)) return this.#object(notation as keyof typeof podTypes);
    return this.#scalar(notation, key);
  }

  #list(item: string, key: string): fc.Arbitrary<Json> {
    const items = this.#value(item, key);
    const minLength = neverEmpty.has(key) ? 1 : 0;
    const any = fc.array(items, { minLength, maxLength: 3 });
    const by = itemKeys[item];
    if (by === undefined) return any;
    const selector = (value: Json) =>
      typeof value === 'object' && value !== null && by in value ? JSON.stringify(Reflect.get(value, by)) : value;
    return mostly(fc.uniqueArray(items, { minLength, maxLength: 3, selector }), any);
  }

  #map(item: string, key: string): fc.Arbitrary<Json> {
    const keys =
      item === 'Quantity'
        ? mostly(values.usualResources, values.oddResources)
        : mostly(values.usualKeys[key] ?? values.labelKeys, values.oddText);
    const items = item === 'string' ? this.#mapText(key) : this.#value(item, key);
    return fc.dictionary(keys, items, { maxKeys: 2 });
  }

  #mapText(key: string): fc.Arbitrary<Json> {
    return mostly(values.usualMapTexts[key] ?? values.labelValues, values.oddText);
  }

  #object(type: keyof typeof podTypes): fc.Arbitrary<Json> {
    const fields = Object.entries<string>(podTypes[type]);
    const beside = unions[type];
    const members = beside === undefined ? [] : fields.filter(([name]) => !beside.includes(name));
    const others = fields.filter((field) => !members.includes(field));
    const optional = others.filter(([, notation]) => !notation.startsWith('!')).length;
    const share = Math.min(500, (1000 * OPTIONAL_FIELDS) / Math.max(1, optional));
    const given = others.map(([name, notation]) => {
      const value = this.#field(type, name, notation);
      return present(shares[`${type}.${name}`] ?? (notation.startsWith('!') ? 990 : share), value);
    });
    const chosen =
      members.length === 0
        ? fc.constant({})
        : fc
            .oneof(
              { weight: 50, arbitrary: this.#member(type, members) },
              { weight: 1, arbitrary: fc.tuple(this.#member(type, members), this.#member(type, members)) },
              { weight: 1, arbitrary: fc.constant({}) },
            )
            .map((some) => (Array.isArray(some) ? Object.assign({}, ...some) : some));
    const unknown = present(1, fc.constant({ unheardOf: 1 }));
    return fc
      .tuple(chosen, unknown, ...given)
      .map((parts) => Object.assign({}, ...parts.filter((part) => part !== absent)));
  }

  #member(type: string, members: readonly (readonly [string, string])[]): fc.Arbitrary<object> {
    return fc.oneof(...members.map(([name, notation]) => this.#field(type, name, notation)));
  }

  #field(type: string, name: string, notation: string): fc.Arbitrary<object> {
    return this.#value(notation.replace('!', ''), `${type}.${name}`).map((given) => ({ [name]: given }));
  }

  #scalar(type: string, key: string): fc.Arbitrary<Json> {
    const field = key.slice(key.indexOf('.') + 1);
    switch (type) {
      case 'string':
        return mostly(this.#usualText(key, field), values.oddText);
      case 'boolean':
        return fc.boolean();
      case 'int32':
      case 'int64':
        return mostly(values.usualIntegers[field] ?? values.smallIntegers, values.oddIntegers);
      case 'IntOrString':
        return mostly(fc.constantFrom<Json>(80, 8080, 'http'), fc.oneof(values.oddIntegers, values.oddText));
      case 'Quantity':
        return mostly(values.usualQuantities, values.oddQuantities);
      case 'Time':
        return mostly(fc.constant('2026-01-02T03:04:05Z'), values.oddText);
      default:
        return fc.constant({});
    }
  }

  #usualText(key: string, field: string): fc.Arbitrary<string> {
    const listed = this.#enums.get(key);
    const usual =
      values.usualTexts[key] ?? (listed === undefined ? values.usualTexts[field] : fc.constantFrom(...listed));
    return usual ?? fc.constantFrom('a', 'b');
  }
}

/** With an empty directory for every usual name of a volume that is not there. */
const withVolumes = (spec: Json): Json => {
  if (typeof spec !== 'object' || spec === null) return spec;
  const volumes: unknown = Reflect.get(spec, 'volumes') ?? [];
  if (!Array.isArray(volumes) || !JSON.stringify(spec).includes('mountPath')) return spec;
  const names = new Set(volumes.map((volume) => volume?.name));
  const missing = values.usualNames.filter((name) => !names.has(name)).map((name) => ({ name, emptyDir: {} }));
  return { ...spec, volumes: [...volumes, ...missing] };
};

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ withCrossShrink: true }, { weight: 100 - ODD, arbitrary: usual }, { weight: ODD, arbitrary: odd });

/** @param share in a thousand */
const present = (share: number, value: fc.Arbitrary<object>): fc.Arbitrary<object | typeof absent> => {
  const weight = Math.round(share);
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 1000 - weight, arbitrary: fc.constant(absent) },
    { weight, arbitrary: value },
  );
};
