// The services of the page's server besides sending files, and what an address brought for them.

export type Service = "recognize" | "collect" | "class";

/** Tells whether the server offers a service; index.html names them, as it is served. */
export function offers(service: Service): boolean {
  const content = document.querySelector<HTMLMetaElement>("meta[name=lenet-server]")?.content ?? "";
  return content.split(" ").includes(service);
}

/** Values that an address brought, until a view takes them. They are in memory only. */
export interface Invitation {
  /** The code of a class. */
  join?: string;
  /** The teacher's token. */
  class?: string;
  /** A contributor's key, from another device. */
  key?: string;
  /** The owner's token. */
  moderate?: string;
}

export const invitation: Invitation = {};

/** Returns what an address brings, by the name of its parameter; null for other addresses. */
export function readInvitation(fragment: string): readonly [kind: keyof Invitation, value: string] | null {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  for (const kind of ["join", "class", "key", "moderate"] as const) {
    const value = parameters.get(kind);
    if (value !== null) return [kind, value.slice(0, 200)];
  }
  return null;
}
