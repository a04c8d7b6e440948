import { BootletError } from '../errors.ts';

/** An image reference taken apart, with Docker's defaults filled in but the tag. */
export interface ImageReference {
  /** Registry host, with its port if any: `docker.io`. */
  readonly domain: string;
  /** Repository on that registry: `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library/';
const LONGEST_NAME = 255;
/** Name, tag and digest, with room; keeps the expression below from ever working hard. */
const LONGEST = 1024;

/** The grammar of github.com/distribution/reference. */
const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const REFERENCE = new RegExp(
  `^(?:(?<domain>${DOMAIN})/)?(?<path>${PATH_COMPONENT}(?:/${PATH_COMPONENT})*)` +
    '(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$',
);
/** A bare id would be ambiguous with a repository of that name. */
const BARE_ID = /^[a-f0-9]{64}$/;

/**
 * Reads an image name as Docker does: `busybox` is `docker.io/library/busybox`.
 * @throws BootletError E_IMAGE_NAME when it is none (the kubelet's InvalidImageName)
 */
export const parseImageReference = (text: string): ImageReference => {
  if (BARE_ID.test(text))
    throw invalid(text, `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const groups = text.length > LONGEST ? undefined : REFERENCE.exec(withDomain(text))?.groups;
  if (groups === undefined) throw invalid(text, problemOf(text));
  const { domain = '', path = '', tag, digest } = groups;
  if (domain.length + 1 + path.length > LONGEST_NAME)
    throw invalid(text, `repository name must not be more than ${LONGEST_NAME} characters`);
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
};

/**
 * The whole name, as every registry and runtime understands it: by digest where there is one, else by tag, `latest` by
 * default. An id (`sha256:…`) is left as it is.
 * @throws BootletError E_IMAGE_NAME
 */
export const wholeName = (reference: string): string => {
  if (reference.startsWith('sha256:')) return reference;
  const { domain, path, tag, digest } = parseImageReference(reference);
  return digest === undefined ? `${domain}/${path}:${tag ?? 'latest'}` : `${domain}/${path}@${digest}`;
};

/** The first component is a registry when it looks like a host; anything else belongs to Docker Hub. */
const withDomain = (text: string): string => {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const domain = isHost && first !== LEGACY_DOMAIN ? first : DEFAULT_DOMAIN;
  const rest = isHost ? text.slice(slash + 1) : text;
  const isOfficial = domain === DEFAULT_DOMAIN && !rest.includes('/');
  return `${domain}/${isOfficial ? OFFICIAL : ''}${rest}`;
};

/** The words of github.com/distribution/reference, which the kubelet passes on. */
const problemOf = (text: string): string => {
  const [, ...rest] = withDomain(text).split('/');
  const [remote = ''] = rest.join('/').split(':');
  const format = 'invalid reference format';
  return remote === remote.toLowerCase() ? format : `${format}: repository name (${remote}) must be lowercase`;
};

/** As pkg/util/parsers ParseImageName says it. */
const invalid = (text: string, why: string): BootletError =>
  new BootletError('E_IMAGE_NAME', `couldn't parse image name ${JSON.stringify(text)}: ${why}`, { retryable: false });
