import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the API is while one works on the pages: TODO_API_URL=http://127.0.0.1:8080
const api = process.env["TODO_API_URL"] ?? "http://127.0.0.1:8080";
const toApi = {
  "/api": { target: api, rewrite: (path: string) => path.slice("/api".length) },
  "/config.json": { target: api },
};

export default defineConfig({
  plugins: [react()],
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
  },
});
