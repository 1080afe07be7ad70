import { expect, test } from "vitest";
import { type Beacon, type Means, Reporter, type VitalReport } from "./reporter.ts";

const SITE = { site: "todo", sample: 1 };

function reporter(change: Partial<Means> = {}) {
  const sent: { by: string; url: string; beacon: Beacon }[] = [];
  const found = new Reporter({
    sendBeacon: (url, body) => {
      sent.push({ by: "beacon", url, beacon: JSON.parse(body) as Beacon });
      return true;
    },
    fetch: async (url, init) => {
      const beacon = JSON.parse(String(init?.body)) as Beacon;
      sent.push({ by: init?.keepalive === true ? "keepalive" : "fetch", url: String(url), beacon });
      return new Response();
    },
    random: () => 0.5,
    pageId: () => "page",
    path: () => "/",
    language: () => "ja",
    ...change,
  });
  return { reporter: found, sent };
}

const lcp = (value: number, id = "v-1"): VitalReport => ({
  type: "vital",
  name: "LCP",
  value,
  rating: "good",
  id,
  navigation: "navigate",
});
const error = (name = "TypeError") => ({ type: "error", source: "window", name }) as const;

test("what was heard, also before it was known where to, goes in one beacon", () => {
  const { reporter: it, sent } = reporter();
  it.error(error());
  it.open(SITE);
  it.vital(lcp(800));
  it.load({ type: "load", value: 900 });
  it.flush();
  expect(sent).toEqual([
    {
      by: "beacon",
      url: "/rum/v1/todo",
      beacon: {
        version: 1,
        page: "page",
        route: "/",
        language: "ja",
        events: [{ ...error(), count: 1 }, lcp(800), { type: "load", value: 900 }],
        dropped: 0,
      },
    },
  ]);
});

test("of one vital the last word counts; one error is counted", () => {
  const { reporter: it, sent } = reporter();
  it.open(SITE);
  it.vital(lcp(800));
  it.vital(lcp(950));
  it.error(error());
  it.error(error());
  it.flush();
  expect(sent[0]?.beacon.events).toEqual([lcp(950), { ...error(), count: 2 }]);
});

test("nothing waits twice, and nothing is sent where there is nothing", () => {
  const { reporter: it, sent } = reporter();
  it.open(SITE);
  it.vital(lcp(800));
  it.flush();
  it.flush();
  expect(sent).toHaveLength(1);
});

test.each([
  [null, 0],
  [{ site: "todo", sample: 0.4 }, 0],
  [{ site: "todo", sample: 0.6 }, 1],
  [{ site: "todo", sample: 0 }, 0],
])("with %j, %i beacons of a page load that drew 0.5", (rum, beacons) => {
  const { reporter: it, sent } = reporter();
  it.error(error());
  it.open(rum);
  it.vital(lcp(800));
  it.flush();
  expect(sent).toHaveLength(beacons);
});

test("a page load sends ten beacons of twenty events at most, and says what it dropped", () => {
  const { reporter: it, sent } = reporter();
  it.open(SITE);
  for (let n = 0; n < 199; n += 1) it.error(error(`Error${n}`));
  it.flush();
  expect(sent).toHaveLength(10);
  expect(Math.max(...sent.map(({ beacon }) => beacon.events.length))).toBe(20);
  for (let n = 0; n < 50; n += 1) it.error(error(`Late${n}`));
  it.flush();
  expect(sent).toHaveLength(10);
});

test("what finds no room is counted", () => {
  const { reporter: it, sent } = reporter();
  // Nobody has said yet where to: a hundred wait, the rest is only counted.
  for (let n = 0; n < 130; n += 1) it.error(error(`Error${n}`));
  it.open(SITE);
  it.flush();
  expect(sent[0]?.beacon.dropped).toBe(30);
});

test("the largest beacon is far below what a receiver takes", () => {
  const { reporter: it, sent } = reporter();
  it.open(SITE);
  for (let n = 0; n < 20; n += 1) {
    it.error({ ...error(`E${n}`), message: "x".repeat(200), at: `${"f".repeat(60)}.js:1:1` });
  }
  expect(JSON.stringify(sent[0]?.beacon).length).toBeLessThan(16 * 1024);
});

test.each([
  ["is not there", undefined],
  ["has no room", () => false],
  [
    "is blocked",
    () => {
      throw new Error("blocked");
    },
  ],
])("where sendBeacon %s, a request that outlives the page is sent", (_, sendBeacon) => {
  const { reporter: it, sent } = reporter({ sendBeacon });
  it.open(SITE);
  it.vital(lcp(800));
  it.flush();
  expect(sent.map(({ by }) => by)).toEqual(["keepalive"]);
});

test("a receiver that is away is nobody's trouble", async () => {
  const { reporter: it } = reporter({
    sendBeacon: undefined,
    fetch: () => Promise.reject(new TypeError("Failed to fetch")),
  });
  it.open(SITE);
  it.vital(lcp(800));
  expect(() => it.flush()).not.toThrow();
  // An unhandled rejection would fail this run.
  await Promise.resolve();
});

test("a path that somebody made up is not told", () => {
  const { reporter: it, sent } = reporter({ path: () => "/my/secret" });
  it.open(SITE);
  it.vital(lcp(800));
  it.flush();
  expect(sent[0]?.beacon.route).toBe("other");
});
