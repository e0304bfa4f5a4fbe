/**
 * A selector that computes anew only when one of its parts is another than before: what it returns is as stable as
 * they are.
 */
export function derived<S, P extends readonly unknown[], R>(
  parts: (state: S) => readonly [...P],
  compute: (...parts: P) => R,
): (state: S) => R {
  let known: { readonly parts: readonly [...P]; readonly result: R } | undefined;
  return (state) => {
    const now = parts(state);
    if (!known || known.parts.some((part, index) => !Object.is(part, now[index]))) {
      known = { parts: now, result: compute(...now) };
    }
    return known.result;
  };
}
