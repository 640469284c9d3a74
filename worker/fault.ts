/** What can be told of a fault without its message, which may hold a statement's parameters. */

/** SQLSTATE of a database error, through Drizzle's wrapping; null for anything else. */
export function sqlStateOf(fault: unknown): string | null {
  const cause = causeOf(fault);
  return cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : null;
}

/** Whether the database could not be reached or is going away: the same call may succeed later. */
export function isDatabaseAway(fault: unknown): boolean {
  const state = sqlStateOf(fault);
  if (state !== null) return /^(08|57P|53)/.test(state);
  return causeOf(fault)?.name === "NeonDbError";
}

/** Whether a statement took longer than the worker's login may: for who waits for an answer, as good as a database that is away. */
export function isTimedOut(fault: unknown): boolean {
  return sqlStateOf(fault) === "57014";
}

function causeOf(fault: unknown): Error | null {
  if (!(fault instanceof Error)) return null;
  return fault.cause instanceof Error ? fault.cause : fault;
}
