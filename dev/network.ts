import { createServer, type IncomingMessage, type Server } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { portFailure } from "./processes.ts";

/** Answers the requests to one host. */
export type Handler = (request: Request) => Promise<Response>;

export interface NetworkOptions {
  /** The handler of a host (without port), or undefined when no such host exists. */
  readonly routes: (host: string) => Handler | undefined;
  /** Default: any free port. */
  readonly port?: number;
  readonly log?: (line: string) => void;
}

export interface Network {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The internet as far as the worker can see it: every host is a handler in this process. A handler that throws a DropConnection
 * took the request, and its reply is lost on the way back.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const log = options.log ?? console.error;
  const listener = getRequestListener(
    (request, env) => dispatch(request, (env as HttpBindings).incoming, options.routes, log),
    { overrideGlobalObjects: false },
  );
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => void listener(incoming, outgoing));
  const port = await listen(server, options.port ?? 0);
  return {
    port,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function dispatch(
  request: Request,
  incoming: IncomingMessage,
  routes: NetworkOptions["routes"],
  log: (line: string) => void,
): Promise<Response> {
  const { hostname, pathname } = new URL(request.url);
  const handler = routes(hostname);
  if (!handler) {
    log(`network: no such host: ${request.method} ${hostname}${pathname}`);
    return new Response(`no such host: ${hostname}`, { status: 599 });
  }
  try {
    return await handler(request);
  } catch (error) {
    if (error instanceof Error && error.name === "DropConnection") {
      incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    log(`network: ${hostname}${pathname} failed: ${error instanceof Error ? error.stack : String(error)}`);
    return new Response("the local network's handler failed", { status: 500 });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portFailure(error, port, "The local network")));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
