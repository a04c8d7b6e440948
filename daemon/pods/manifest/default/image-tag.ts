const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>${digest}))?$`,
);

const maxName = 255;
/** With tag and digest; beyond this nothing is an image, and not worth matching. */
const maxReference = 1024;

/** Without the tag, as Docker completes it: `busybox` is `docker.io/library/busybox`. */
const fullName = (image: string): string => {
  const name = image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:A-Z]/.test(first) || first === 'localhost' ? name : `docker.io/${name}`;
};

/** The pull policy of a container or image volume that names none: Always for `latest`, named or implied, else IfNotPresent. */
export const defaultPullPolicy = (image: string): 'Always' | 'IfNotPresent' => {
  const groups = image.length > maxReference ? undefined : reference.exec(image)?.groups;
  if (!groups || /^[a-f0-9]{64}$/.test(image) || fullName(image).length > maxName) return 'IfNotPresent';
  const tag = groups['tag'] ?? (groups['digest'] === undefined ? 'latest' : undefined);
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
};
