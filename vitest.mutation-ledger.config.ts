import { defineConfig } from "vitest/config";

/** The tests of the ledger on a real Postgres as mutation testing runs them (`npm run test:mutation:ledger`): those that reach a mutant, for each mutant. */
export default defineConfig({
  test: {
    name: "mutation-ledger",
    include: [
      "worker/ledger/{{commit,commit-beside,load,past,compare,read}.db,load}.test.ts",
      "worker/flows/{settle-orders,redeem-reward,change-member,book-due,compare-orders,forget-customer,shop-news}.db.test.ts",
      "worker/flows/{close-code,paint-members,tiers,edit-program,rewards-at-shopify,give-reward,import-members}.db.test.ts",
      "worker/http/{contract,one-redemption,api}.db.test.ts",
    ],
    globalSetup: ["dev/test-setup.ts"],
    setupFiles: ["dev/test-driver.ts", "dev/mutation-setup.ts"],
    env: { PROPERTY_RUNS: "10" },
    bail: 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
