/**
 * A second, tiny worker beside ours that carries every request to the local network: the runtime takes no address for
 * a worker's outgoing traffic, only another worker. Host, method, headers and body arrive untouched.
 */
export function outboundWorker(networkPort: number) {
  return {
    name: "local-network",
    compatibilityDate: "2026-10-20",
    modules: [
      {
        type: "ESModule" as const,
        path: "local-network.mjs",
        contents: "export default { fetch: (request, env) => env.NETWORK.fetch(request) };",
      },
    ],
    serviceBindings: { NETWORK: { external: { address: `127.0.0.1:${networkPort}`, http: {} } } },
  };
}
