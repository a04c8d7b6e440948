/** The text of an image's /etc/passwd and /etc/group; empty where it has none. */
export interface Accounts {
  readonly passwd: string;
  readonly group: string;
}

/**
 * Ids of the groups that a user, by name or number, is a member of besides its own, by /etc/group's lists of members
 * (containerd, oci.WithAdditionalGIDs): a user that /etc/passwd does not have is in none.
 */
export const groupsIn = ({ passwd, group }: Accounts, user: string): readonly string[] => {
  const users = rowsOf(passwd).filter(([name, , uid]) => (/^\d+$/.test(user) ? uid === user : name === user));
  const name = users[0]?.[0];
  if (name === undefined) return [];
  return rowsOf(group).flatMap(([own, , gid, members = '']) =>
    own !== name && gid !== undefined && members.split(',').includes(name) ? [gid] : [],
  );
};

const rowsOf = (text: string): readonly (readonly string[])[] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]));
