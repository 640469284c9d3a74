/** Neon's HTTP endpoint in a process of its own, behind real HTTP on loopback: what it works does not slow the side that is measured. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { neonEndpoint } from "../dev/neon-endpoint.ts";
import { neonHost } from "../dev/settings.ts";

export interface EndpointProcess {
  /** Where it listens: a worker's whole network, when it asks nobody but the database. */
  readonly port: number;
  /** Sends one request of the driver's, on a connection that is kept. */
  ask(init: { readonly headers: Readonly<Record<string, string>>; readonly body: string }): Promise<Response>;
  stop(): Promise<void>;
}

/** More than any benchmark has clients. */
const MOST_SOCKETS = 64;

export async function startEndpoint(postgresPort: number): Promise<EndpointProcess> {
  const child = fork(import.meta.filename, [String(postgresPort)], { stdio: "inherit" });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const port = await portOf(child);
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
  return {
    port,
    ask: ({ headers, body }) => asked(agent, port, headers, body),
    stop: async () => {
      agent.destroy();
      process.off("exit", endWithUs);
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  const failed = once(child, "exit").then(() => Promise.reject(new Error("The database's endpoint did not start.")));
  const [port] = (await Promise.race([once(child, "message"), failed])) as [number];
  failed.catch(() => undefined);
  return port;
}

/** By `node:http`, which costs the measured process less than `fetch`. */
function asked(agent: Agent, port: number, headers: Readonly<Record<string, string>>, body: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/sql", agent, headers }, (response) => {
      text(response).then((answer) => resolve(new Response(answer, { status: response.statusCode ?? 500 })), reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function serve(postgresPort: number): Promise<void> {
  const endpoint = neonEndpoint({ postgresPort });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const body = await text(incoming);
    const asked = new Request(`http://${neonHost}${incoming.url}`, { method: "POST", headers, body });
    const answered = await endpoint.handle(asked);
    outgoing.writeHead(answered.status, { "content-type": "application/json" });
    outgoing.end(await answered.text());
  };
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, outgoing) => {
    // Whoever asks may be ended in the middle of it.
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
  process.once("disconnect", () => process.exit(0));
  process.once("SIGTERM", () => process.exit(0));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve(Number(process.argv[2]));
