import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Where the API is while one works on the pages: TODO_API_URL=http://127.0.0.1:8080
const api = process.env["TODO_API_URL"] ?? "http://127.0.0.1:8080";
const toApi = {
  "/api": { target: api, rewrite: (path: string) => path.slice("/api".length) },
  "/config.json": { target: api },
};

/** Scripts and styles together, compressed as they are sent. */
const BUDGET_BYTES = 120_000;

/** Fails a build that has grown past the budget: that is what loads in time on a phone. */
function budget(): Plugin {
  return {
    name: "budget",
    generateBundle(_, bundle) {
      const sizes = Object.values(bundle)
        .filter(({ fileName }) => /\.(js|css)$/.test(fileName))
        .map((file) => gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 }).length);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total > BUDGET_BYTES) this.error(`${total} bytes compressed, ${BUDGET_BYTES} at most`);
      this.info(`${total} bytes compressed of ${BUDGET_BYTES}`);
    },
  };
}

export default defineConfig({
  plugins: [react(), budget()],
  server: { proxy: toApi },
  preview: { proxy: toApi },
  build: {
    target: "es2023",
    // The policy is default-src 'self': nothing inline, no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
    // Two cores are shared with everything else that runs.
    maxWorkers: 2,
    // One browser for each worker: every test cleans up behind itself.
    isolate: false,
  },
});
