/** Something on this machine keeps a part from starting; the message is the one line a person needs to see. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there; run it in a folder of your own, or change the folder's owner",
  EPERM: "this user may not write there; run it in a folder of your own, or change the folder's owner",
  EROFS: "that file system is read-only; run it in a folder that can be written",
  ENOSPC: "the disk is full; free some space and start again",
};

/** The one line for a fault of the machine (permission, space), or null when the fault is not one of those. */
export function machineFault(fault: unknown): string | null {
  if (!(fault instanceof Error) || !("code" in fault)) return null;
  const reason = REASONS[String(fault.code)];
  const path = "path" in fault && typeof fault.path === "string" ? fault.path : "a file";
  return reason ? `${path} cannot be written: ${reason}.` : null;
}
