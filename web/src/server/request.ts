// Requests to the page's own server, and why one failed.

/** Why a request failed. */
export type Trouble =
  /** Without a network, or the server does not answer. */
  | "offline"
  /** The token, code or session is wrong. */
  | "forbidden"
  /** It does not exist any more, such as a class that has ended. */
  | "gone"
  /** The text of consent is another one now. */
  | "consent"
  /** The server cannot use this drawing. */
  | "refused"
  /** Too many requests, or the server cannot do it now. */
  | "busy"
  /** The server's disk is full. */
  | "full"
  | "failed";

/** Codes of the server's errors that have a text of their own; others are told by their status. */
export const CODES = [
  "consent-changed",
  "no-consent",
  "conflict",
  "empty-drawing",
  "unusable-drawing",
  "too-many-points",
  "disk-full",
  "unavailable",
  "too-many",
  "wrong-code",
  "not-a-member",
  "no-session",
  "teacher-only",
  "class-ended",
  "class-full",
  "bad-model",
  "no-model",
  "no-key",
  "bad-key",
  "no-token",
  "wrong-token",
  "cross-origin",
] as const;
export type ServerCode = (typeof CODES)[number];

export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly trouble: Trouble;
  /** 0 without an answer. */
  readonly status: number;
  /** The code of the answer; null for one without a text of its own. */
  readonly code: ServerCode | null;

  constructor(trouble: Trouble, status = 0, code = "", cause?: unknown) {
    super(`server: ${code || trouble} (status ${status})`, { cause });
    this.trouble = trouble;
    this.status = status;
    this.code = CODES.find((known) => known === code) ?? null;
  }
}

const PATIENCE = 20_000; // ms

const TROUBLES: Readonly<Record<number, Trouble>> = {
  401: "forbidden",
  403: "forbidden",
  404: "gone",
  408: "busy",
  410: "gone",
  429: "busy",
  502: "busy",
  503: "busy",
  504: "busy",
  507: "full",
};

/** Returns what to do after an answer with this status and code of its error. */
export function troubleOf(status: number, code: string): Trouble {
  if (code === "consent-changed") return "consent";
  return TROUBLES[status] ?? (status >= 400 && status < 500 ? "refused" : "failed");
}

export interface Question {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; bytes as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends a request to a path of this page's server. Rejects with ServerError for anything but success. */
export async function ask(
  path: string,
  { method = "GET", headers = {}, body, signal }: Question = {},
): Promise<Response> {
  const bytes = body instanceof Uint8Array;
  const type = bytes ? "application/octet-stream" : "application/json";
  const init: RequestInit = {
    method,
    headers: body === undefined ? { ...headers } : { ...headers, "Content-Type": type },
    cache: "no-store",
    signal: signal ?? AbortSignal.timeout(PATIENCE),
  };
  if (body !== undefined) init.body = bytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
  const response = await fetch(new URL(`./v1/${path}`, document.baseURI), init).catch((error: unknown) => {
    throw new ServerError("offline", 0, "", error);
  });
  if (response.ok) return response;
  const code = await codeOf(response);
  throw new ServerError(troubleOf(response.status, code), response.status, code);
}

/** The same for an answer in JSON. */
export async function askJson(path: string, question: Question = {}): Promise<unknown> {
  const response = await ask(path, question);
  return response.json().catch((error: unknown) => {
    throw new ServerError("failed", response.status, "", error);
  });
}

async function codeOf(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => null)) as { error?: { code?: unknown } } | null;
  return String(answer?.error?.code ?? "");
}
