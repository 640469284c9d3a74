import { neonConfig } from "@neondatabase/serverless";
import { afterAll, inject } from "vitest";
import { neonEndpoint } from "./neon-endpoint.ts";
import { neonHost } from "./settings.ts";

/** Before each test file in Node: the Neon driver's requests are answered in this process instead of by the internet. */
const endpoint = neonEndpoint({ postgresPort: inject("postgresPort") });

neonConfig.fetchFunction = (url: string, init: RequestInit): Promise<Response> => {
  const request = new Request(url, init);
  if (new URL(request.url).hostname === neonHost) return endpoint.handle(request);
  return Promise.reject(new Error(`the local network has no database host ${new URL(request.url).hostname}`));
};

afterAll(() => endpoint.stop());
