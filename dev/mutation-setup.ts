/** Every run of mutation testing meets the same random cases: a mutant that survives once survives always. */
import fc from "fast-check";

fc.configureGlobal({ seed: 20_260_101, numRuns: Number(process.env["PROPERTY_RUNS"]) });
