/** A whole shop to a file and back: what `npm run shop:export` and `npm run shop:import` do. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { ExportEnd } from "../worker/flows/export-shop.ts";
import {
  beginRestore,
  type ExportHead,
  type ExportPart,
  finishRestore,
  type RestoreAnswer,
  type RestoreRefusal,
  readExport,
  restorePage,
} from "../worker/flows/restore-shop.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { BooksProof } from "../worker/ledger/compare.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused } from "./command.ts";

const WHY: Readonly<Record<RestoreRefusal, string>> = {
  "other-shop": "The file is of another shop.",
  "other-currency": "The file counts in another currency than the shop.",
  "not-empty":
    "The shop has members, orders or a program already: a whole shop comes back only where there is nothing yet.",
  newer: "The file has what this deployment does not know: bring the deployment up to date first.",
  differs:
    "The shop does not have what the file has: something else wrote to it meanwhile. Erase it, and begin anew before it hears of orders.",
};

/** Reads the whole file first: a file that is not whole writes nothing. Done before: nothing again. */
export async function restoreShop(
  rooms: Rooms,
  shop: Shop,
  lines: () => AsyncIterable<string> | Iterable<string>,
  tell: (pagesDone: number) => void = () => undefined,
): Promise<BooksProof> {
  const { head, end } = await readWhole(lines());
  const { pagesDone } = unlessRefused(await beginRestore(rooms, shop, { head, end, by: "operator", id: randomUUID() }));
  let page = 0;
  for await (const part of readExport(lines())) {
    if (part.kind !== "page") continue;
    page += 1;
    if (page <= pagesDone) continue;
    unlessRefused(await restorePage(rooms, shop, part, { digest: end.sha256, page }));
    tell(page);
  }
  return unlessRefused(await finishRestore(rooms, shop, end)).proof;
}

/** The lines of a file. */
export function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
}

async function readWhole(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<{ head: ExportHead; end: ExportEnd }> {
  let head: ExportHead | null = null;
  let last: ExportPart | null = null;
  for await (const part of readExport(lines)) {
    if (part.kind === "broken") throw new Refused(`Line ${part.line}: ${part.why} Nothing is written.`);
    if (part.kind === "head") head = part.head;
    last = part;
  }
  if (head === null || last?.kind !== "end") throw new Refused("The file is not whole. Nothing is written.");
  return { head, end: last.end };
}

function unlessRefused<Done>(answer: RestoreAnswer<Done>): Done {
  if (answer.kind === "refused") throw new Refused(WHY[answer.why]);
  return answer;
}
