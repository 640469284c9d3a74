/** The databases of a Postgres on this machine, over TCP as their owner: above row-level security. */
import pg from "pg";
import { superuserPassword } from "./settings.ts";

export function superuserUrl(port: number, database: string): string {
  return `postgres://postgres:${superuserPassword}@127.0.0.1:${port}/${database}`;
}

/** Runs one statement about whole databases, such as `create database`. */
export async function onServer(port: number, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl(port, "postgres") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
