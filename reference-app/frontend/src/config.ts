/** What the page is told at start, so that one build serves this machine and AWS. */

export interface SignIn {
  /** Where the discovery document is. */
  authority: string;
  clientId: string;
  /** Has the login page, /logout and /oauth2/revoke. */
  domain: string;
}

export interface Rum {
  /** The site's name, as the receiver knows it. */
  site: string;
  /** Share of page loads that report, in [0, 1]. */
  sample: number;
}

export interface Config {
  /** Prefix of the API's paths, without a slash at its end. */
  api: string;
  /** Absent where the API stands alone: everybody may do everything. */
  signIn: SignIn | null;
  /** Whether POST /guest gives a list for a day. */
  guest: boolean;
  /** Absent: nothing is reported. */
  rum: Rum | null;
}

const SITE = /^[a-z0-9][a-z0-9-]{0,62}$/;

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.replace(/\/+$/, "") : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return the configuration a document holds; what is missing or wrong is left out. */
export function parseConfig(document: unknown): Config {
  const found = isRecord(document) ? document : {};
  const authority = text(found["authority"]);
  const clientId = text(found["client_id"]);
  const domain = text(found["domain"]);
  const rum = isRecord(found["rum"]) ? found["rum"] : {};
  const site = text(rum["site"]);
  const sample = typeof rum["sample"] === "number" ? rum["sample"] : 1;
  return {
    api: text(found["api"]) ?? "/api",
    signIn: authority && clientId && domain ? { authority, clientId, domain } : null,
    guest: found["guest"] === true,
    rum: site && SITE.test(site) ? { site, sample: Math.min(1, Math.max(0, sample)) } : null,
  };
}

/** Fetch the configuration; throws where there is no answer or no JSON. */
export async function loadConfig(fetcher: typeof fetch = fetch): Promise<Config> {
  const answer = await fetcher("/config.json", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return parseConfig(await answer.json());
}
