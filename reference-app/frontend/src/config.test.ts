import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";

const SIGN_IN = { authority: "https://login.example/pool/", client_id: "web", domain: "https://login.example/" };

test("what the API tells a browser is read, without slashes at the ends", () => {
  const config = parseConfig({ ...SIGN_IN, guest: true, rum: { site: "todo", sample: 0.5 } });
  expect(config).toEqual({
    api: "/api",
    signIn: {
      authority: "https://login.example/pool",
      clientId: "web",
      domain: "https://login.example",
    },
    guest: true,
    rum: { site: "todo", sample: 0.5 },
  });
});

test.each([[null], [[]], ["text"], [{}], [{ ...SIGN_IN, domain: 5 }]])(
  "%j is an API that stands alone",
  (document) => {
    expect(parseConfig(document)).toEqual({ api: "/api", signIn: null, guest: false, rum: null });
  },
);

test.each([
  [{ site: "../evil" }, null],
  [{ site: "todo", sample: 7 }, { site: "todo", sample: 1 }],
  [{ site: "todo", sample: -1 }, { site: "todo", sample: 0 }],
  [{ site: "todo" }, { site: "todo", sample: 1 }],
])("reporting as %j", (rum, expected) => {
  expect(parseConfig({ rum }).rum).toEqual(expected);
});
