import { inject, test } from "vitest";
import { neonEndpoint } from "./neon-endpoint.ts";
import { startNetwork } from "./network.ts";
import { localSettings, neonHost } from "./settings.ts";
import { newDatabase } from "./test-bed.ts";
import { startWorker } from "./worker.ts";

test("the worker runs in workerd, reaches its database through the local network, and ends when it is killed", async ({
  expect,
}) => {
  const database = await newDatabase();
  const endpoint = neonEndpoint({ postgresPort: inject("postgresPort") });
  const network = await startNetwork({ routes: (host) => (host === neonHost ? endpoint.handle : undefined) });
  const worker = await startWorker({
    networkPort: network.port,
    settings: localSettings(database.name),
    log: () => {},
  });
  for (const door of [worker.url, worker.directUrl]) {
    const answer = await fetch(`${door}/healthz`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { ok: true }]);
  }
  const again = startWorker({
    networkPort: network.port,
    port: Number(worker.url.split(":")[2]),
    settings: localSettings("x"),
  });
  await expect(again).rejects.toThrow("is taken by another program");
  process.kill(worker.pid, "SIGKILL");
  await worker.exited;
  await expect(fetch(`${worker.url}/healthz`)).rejects.toThrow();
  await worker.stop();
  await network.stop();
  await endpoint.stop();
  await database.drop();
});
