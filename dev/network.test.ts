import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import { startNetwork } from "./network.ts";
import { DropConnection } from "./shopify/drop-connection.ts";
import { StartFailure } from "./start-failure.ts";

function get(port: number, host: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: "127.0.0.1", path: "/x", headers: { host } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.once("error", reject).end();
  });
}

test("each host has its own handler, and an unknown one is said aloud", async () => {
  const lines: string[] = [];
  const hosts = new Map([
    ["a.internal", async (request: Request) => new Response(`a ${request.url}`)],
    ["broken.internal", async () => Promise.reject(new Error("broken"))],
    ["lost.internal", async () => Promise.reject(new DropConnection())],
  ]);
  const network = await startNetwork({ routes: (host) => hosts.get(host), log: (line) => lines.push(line) });
  try {
    expect(await get(network.port, "a.internal")).toEqual({ status: 200, text: "a http://a.internal/x" });
    expect(await get(network.port, "a.internal:8080")).toMatchObject({ status: 200 });
    expect((await get(network.port, "b.internal")).status).toBe(599);
    expect((await get(network.port, "broken.internal")).status).toBe(500);
    await expect(get(network.port, "lost.internal")).rejects.toThrow("socket hang up");
    expect(lines[0]).toBe("network: no such host: GET b.internal/x");
    expect(lines).toHaveLength(2);
    const taken = startNetwork({ routes: () => undefined, port: network.port });
    await expect(taken).rejects.toThrow(StartFailure);
    await expect(taken).rejects.toThrow(`port ${network.port} of 127.0.0.1 is taken`);
  } finally {
    await network.stop();
  }
});
