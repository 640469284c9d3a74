/** npm itself, against a registry of our own on this machine. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { auditDependencies, readReport } from "./dependency-audit.ts";

beforeAll(() => {
  const cache = mkdtempSync(join(tmpdir(), "lojal-npm-"));
  vi.stubEnv("npm_config_cache", cache);
  return () => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  };
});

/** A project with one dependency for production and one for development. */
function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "lojal-audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const root = {
    name: "audited",
    version: "1.0.0",
    dependencies: { used: "1.0.0" },
    devDependencies: { tool: "1.0.0" },
  };
  const packages = {
    "": root,
    "node_modules/used": { version: "1.0.0" },
    "node_modules/tool": { version: "1.0.0", dev: true },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: "audited", lockfileVersion: 3, requires: true, packages }),
  );
  return folder;
}

/** In a thread of its own: the audit waits for npm. */
async function newRegistry(status: number, answer: unknown): Promise<string> {
  const code = `
    const { createServer } = require("node:http");
    const { parentPort, workerData } = require("node:worker_threads");
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        const isAudit = request.method === "POST" && request.url.endsWith("/advisories/bulk");
        response.writeHead(isAudit ? workerData.status : 404, { "content-type": "application/json" });
        response.end(JSON.stringify(isAudit ? workerData.answer : {}));
      });
    });
    server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
  const thread = new Worker(code, { eval: true, workerData: { status, answer } });
  onTestFinished(async () => void (await thread.terminate()));
  const port = await new Promise<number>((resolve) => thread.once("message", resolve));
  return `http://127.0.0.1:${port}/`;
}

/** Another one each time: npm remembers them. */
let advisories = 0;
const advisory = (severity: string) => ({
  id: ++advisories,
  url: "https://advisories.invalid/1",
  title: "A fault",
  severity,
  vulnerable_versions: "<2.0.0",
  cwe: [],
  cvss: { score: 9, vectorString: null },
});

test("a grave fault of a production dependency fails; of a development dependency, or a small one, does not", async () => {
  const audit = async (answer: unknown) => auditDependencies(newProject(), await newRegistry(200, answer));
  const verdict = await audit({ used: [advisory("high")] });
  expect(verdict).toEqual({ kind: "faulty", fault: expect.stringContaining("used (high)") });
  expect(await audit({ used: [advisory("moderate")] })).toEqual({ kind: "clean" });
  expect(await audit({})).toEqual({ kind: "clean" });
});

test("a registry without audits, and none at all, are no answer: nothing is claimed, and no host is told", async () => {
  const without = auditDependencies(newProject(), await newRegistry(405, {}));
  expect(without).toEqual({ kind: "unanswered", reason: "the package registry answers 405 to audits" });
  const closed = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
  const none = auditDependencies(newProject(), `http://127.0.0.1:${closed}/`);
  expect(none).toEqual({ kind: "unanswered", reason: "no package registry answered an audit" });
});

test.each(["", "null", "{}", '{"vulnerabilities":{}}', "<html>"])("%j is no report", (text) => {
  expect(readReport(text)).toMatchObject({ kind: "unanswered" });
});
