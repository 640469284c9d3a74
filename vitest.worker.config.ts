import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { outboundWorker } from "./dev/outbound.ts";
import { localSettings } from "./dev/settings.ts";

/** Tests inside workerd; whatever they fetch goes to the local network, as with `npm start`. */
// The tests give the secrets themselves: wrangler's warning that they are missing would be untrue.
process.env["WRANGLER_LOG"] ??= "error";

export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: localSettings(inject("workerTestsDatabase")),
        outboundService: outboundWorker(inject("networkPort")).name,
        workers: [outboundWorker(inject("networkPort"))],
      },
    })),
  ],
  test: {
    name: "worker",
    include: ["worker/**/*.worker.test.ts"],
    globalSetup: ["dev/test-setup.ts"],
    // What a test says is told when it fails.
    silent: "passed-only",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
