/** metav1.Condition. `type` names the state in CamelCase; `status` says whether it holds. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase word for programs. */
  readonly reason: string;
  /** For people: what happened, where, and what to do. */
  readonly message: string;
  /** RFC 3339; moves only when `status` flips. */
  readonly lastTransitionTime: string;
}

export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** The list with `input` set in it; lastTransitionTime moves only when the status flips (as apimachinery's SetStatusCondition). */
export const setCondition = (list: readonly Condition[], input: ConditionInput, now: number): readonly Condition[] => {
  const before = list.find((c) => c.type === input.type);
  const lastTransitionTime = before?.status === input.status ? before.lastTransitionTime : new Date(now).toISOString();
  const next = { ...input, lastTransitionTime };
  return before === undefined ? [...list, next] : list.map((c) => (c === before ? next : c));
};
