/** Something on this machine keeps a part from starting; the message is the one line a person needs to see. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}
