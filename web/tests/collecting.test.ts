import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { words as de } from "../src/i18n/de/collect";
import { words as en } from "../src/i18n/en/collect";
import { bareStrokes, type Contribution, readDrawings } from "../src/server/contributions";
import { grouped, newKey, readKey, uuid7 } from "../src/server/identity";
import { MAX_WAITING, Outbox, type Parcel, type Shelf } from "../src/server/outbox";
import { CODES, ServerError, troubleOf } from "../src/server/request";
import { readInvitation } from "../src/server/services";
import { sha256 } from "../src/server/sha256";
import { problemOf } from "../src/ui/collect/problem";

test("SHA-256 is that of Node", () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (31 * i + length) % 256);
    assert.equal(sha256(bytes), createHash("sha256").update(bytes).digest("hex"), String(length));
  }
});

test("a UUID has version 7, its time, and sorts by it", () => {
  const id = uuid7(Date.UTC(2026, 10, 30));
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(parseInt(id.replaceAll("-", "").slice(0, 12), 16), Date.UTC(2026, 10, 30));
  const ids = Array.from({ length: 50 }, (_, i) => uuid7(1e12 + i));
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(Array.from({ length: 500 }, () => uuid7(1))).size, 500);
});

test("a key is 32 digits, and is read as people type it", () => {
  const key = newKey();
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.match(grouped(key), /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  for (const typed of [key, grouped(key), ` ${grouped(key).replaceAll(" ", "-").toUpperCase()}\n`])
    assert.equal(readKey(typed), key);
  for (const wrong of ["", key.slice(1), `${key}0`, `${key.slice(1)}g`]) assert.equal(readKey(wrong), null);
});

test("strokes are sent without times and pressure", () => {
  assert.deepEqual(bareStrokes([[[0.1234567, 1, 20, 0.5]], []]), [[[0.12346, 1]], []]);
});

test("damaged drawings of an answer are left out", () => {
  const good = { id: "a", label: "G", strokes: [[[0, 1]]], letter: "G", server_letter: "C" };
  const wrong = [{}, null, 3, { ...good, id: 1 }, { ...good, strokes: [[["x", 1]]] }, { ...good, strokes: [[1, 2]] }];
  assert.deepEqual(readDrawings([good, ...wrong]), [{ id: "a", label: "G", strokes: [[[0, 1]]], letter: "C" }]);
  assert.deepEqual(readDrawings("no list"), []);
  assert.equal(readDrawings([{ ...good, server_letter: null }])[0]?.letter, null); // not a letter
});

test("an address may bring a code, a token or a key", () => {
  assert.deepEqual(readInvitation("#join=A2B3C4"), ["join", "A2B3C4"]);
  assert.deepEqual(readInvitation("#language=de&class=secret"), ["class", "secret"]);
  assert.deepEqual(readInvitation("#class"), ["class", ""]);
  assert.equal(readInvitation("#view=draw"), null);
  assert.equal(readInvitation("#%E0%A4%A"), null);
});

test("an error's trouble is told by its status and code", () => {
  assert.equal(troubleOf(401, ""), "forbidden");
  assert.equal(troubleOf(409, "consent-changed"), "consent");
  assert.equal(troubleOf(409, "conflict"), "refused");
  assert.equal(troubleOf(507, "disk-full"), "full");
  assert.equal(troubleOf(500, ""), "failed");
});

test("an error has the text of its code, or of its kind, in both languages", () => {
  for (const words of [en, de]) {
    const texts = CODES.map((code) => problemOf(new ServerError("failed", 503, code), words));
    assert.equal(new Set(texts).size, CODES.length);
    assert.ok(texts.every((text) => text.endsWith(".") && text !== words.troubles.failed));
    assert.equal(problemOf(new ServerError("busy", 503, "no-consent"), words), words.codes["no-consent"]);
    assert.equal(problemOf(new ServerError("busy", 503, "a-new-code"), words), words.troubles.busy);
    assert.equal(problemOf(new TypeError(), words), words.troubles.failed);
  }
});

class Memory implements Shelf {
  readonly parcels = new Map<IDBValidKey, unknown>();
  readAll = async () => [...this.parcels];
  put = async (parcel: Parcel) => void this.parcels.set(parcel.contribution.id, parcel);
  remove = async (id: string) => void this.parcels.delete(id);
}

const parcel = (id: string): Parcel => ({
  headers: {},
  contribution: { id, strokes: [[[0, 0]]], label: "A" } as unknown as Contribution,
});

test("what cannot be sent waits, and is sent again with the same id", async () => {
  const [shelf, sent] = [new Memory(), [] as string[]];
  let online = false;
  const send = async ({ contribution }: Parcel) => {
    if (!online) throw new ServerError("offline");
    sent.push(contribution.id);
  };
  const outbox = new Outbox(shelf, send);
  for (const id of ["2", "1"]) {
    const outcome = await outbox.add(parcel(id));
    assert.ok(outcome.state === "waiting" && outcome.error.trouble === "offline");
  }
  assert.equal(outbox.waiting, 2);
  const later = new Outbox(shelf, send);
  await later.open();
  assert.equal(later.waiting, 2);
  online = true;
  await later.flush();
  assert.deepEqual(sent, ["1", "2"]);
  assert.equal(later.waiting, 0);
  assert.equal(shelf.parcels.size, 0);
  await outbox.clear();
});

test("what the server will never take does not wait", async () => {
  const outbox = new Outbox(new Memory(), async () => {
    throw new ServerError("refused", 422);
  });
  const outcome = await outbox.add(parcel("1"));
  assert.equal(outcome.state, "refused");
  assert.equal(outbox.waiting, 0);
});

test("letters wait for the agreement to a changed text, and are sent with it", async () => {
  const [shelf, sent] = [new Memory(), [] as string[]];
  const outbox = new Outbox(shelf, async ({ contribution }) => {
    if (contribution.consent !== "new") throw new ServerError("consent", 409, "consent-changed");
    sent.push(contribution.id);
  });
  const first = await outbox.add(parcel("1"));
  assert.ok(first.state === "waiting" && first.error.trouble === "consent");
  await outbox.add(parcel("2"));
  await outbox.drop("2"); // not agreed to
  assert.ok(outbox.waitsForConsent);
  await outbox.renew("new");
  assert.deepEqual(await outbox.attempt("1"), { state: "sent" });
  assert.deepEqual(sent, ["1"]);
  assert.equal(shelf.parcels.size, 0);
});

test("a limited number waits, and a withdrawal empties the outbox", async () => {
  const shelf = new Memory();
  const outbox = new Outbox(shelf, async () => {
    throw new ServerError("offline");
  });
  for (let i = 0; i < MAX_WAITING; i++) await outbox.add(parcel(String(i).padStart(4, "0")));
  await assert.rejects(outbox.add(parcel("9999")), { trouble: "full" });
  await outbox.clear();
  assert.equal(shelf.parcels.size, 0);
});

test("without storage a contribution waits in the tab", async () => {
  const broken: Shelf = {
    readAll: () => Promise.reject(new Error()),
    put: () => Promise.reject(new Error()),
    remove: () => Promise.reject(new Error()),
  };
  let online = false;
  const outbox = new Outbox(broken, async () => {
    if (!online) throw new ServerError("busy", 503);
  });
  await outbox.open();
  await outbox.add(parcel("1"));
  assert.equal(outbox.waiting, 1);
  online = true;
  await outbox.flush();
  assert.equal(outbox.waiting, 0);
});
