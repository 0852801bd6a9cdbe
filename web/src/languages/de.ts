// Die Wörter der Seite auf Deutsch.
import type { Words } from "./en";

const number = (value: number) => value.toLocaleString("de");

export const words: Words = {
  title: "LeNet: Zeichne einen Buchstaben",
  motto: "liest den Buchstaben, den du zeichnest",
  language: "Sprache",
  views: {
    draw: "Zeichnen", word: "Wort", picture: "Bild", inside: "Hineinsehen",
    teach: "Lehren", train: "Trainieren", mistakes: "Fehler", take: "Mitnehmen",
  },
  navigation: "Ansichten",
  loading: "Gleich geht es los …",
  viewFailed: "Dieser Teil der Seite wurde nicht geladen. Lade die Seite neu.",
  pad: {
    name: "Zeichenfläche: zeichne einen Buchstaben mit Maus, Finger oder Stift; oder mit der Tastatur: Pfeile bewegen den Stift, die Leertaste setzt ihn auf und hebt ihn ab",
    lowered: "Stift aufgesetzt",
    lifted: "Stift abgehoben",
    drawing: "Zeichnung",
    undo: "Zurück",
    redo: "Wieder",
    clear: "Leeren",
    replay: "Abspielen",
  },
  answer: {
    region: "Antwort",
    verdicts: { letter: "", unsure: "", "not-a-letter": "Kein Buchstabe, den ich kenne", empty: "Zeichne einen Buchstaben" },
    empty: "Die Zeichenfläche ist leer.",
    perhaps: (said) => `Vielleicht ${said}`,
    then: (best, next) => `${best}. Dann ${next}.`,
    none: (best) => `Kein Buchstabe, den ich kenne. Am ehesten ${best}.`,
  },
  draw: {
    seen: "Was das Netz sieht",
    seenImage: "Das Bild, das das Netz sieht",
    how: "28 × 28 Pixel: Die Tinte wird vorher ausgeschnitten, zentriert und skaliert.",
    took: (ms) => `In ${ms < 0.1 ? "unter 0,1" : ms.toFixed(1).replace(".", ",")} ms gelesen.`,
  },
  word: {
    title: "Schreibe ein Wort",
    how: "Schreibe die Buchstaben einzeln nebeneinander. Jeder wird nach Strichen, Lücken und dem Urteil des Netzes ausgeschnitten.",
    empty: "Schreibe ein Wort auf die breite Fläche: Buchstaben nebeneinander, nicht verbunden.",
    unsure: "Ich bin nicht sicher, wo ein Buchstabe endet und der nächste beginnt. Verbundene Schrift kann ich nicht trennen: Schreibe einzelne Buchstaben, oder füge unten zusammen und trenne.",
    read: "Gelesen",
    copy: "Kopieren",
    copied: "Kopiert",
    letters: "Buchstaben",
    letter: (place, letter, sure) => `Buchstabe ${place}: ${letter}, ${sure}`,
    instead: (letter, share) => `${letter}, ${share}`,
    merge: "Verbinden",
    mergeLong: (first, second) => `${first} und ${second} verbinden: Es ist ein Buchstabe`,
    split: "Trennen",
    splitLong: (letter) => `${letter} trennen: Es sind zwei Buchstaben`,
    reset: "Neu schneiden",
    list: "Wortliste",
    listHow: "Gibst du Wörter an, wird eines von ihnen gelesen. Sie bleiben in diesem Tab.",
    listCount: (count) => (count === 1 ? "1 Wort" : `${number(count)} Wörter`),
    listFile: "Wörter aus einer Textdatei",
  },
  about: {
    network: (weights) => `Ein Faltungsnetz mit ${number(weights)} Gewichten`,
    learned: (letters, sets) => `, an ${number(letters)} Buchstaben trainiert${sets && ` (${sets})`}`,
    letters: "Es kennt die 26 Buchstaben, groß und klein gleichermaßen, und sagt, wenn es unsicher ist oder keinen sieht: meistens zu Recht.",
    privacy: "Alles geschieht in diesem Tab: Deine Zeichnung wird nirgendwohin gesendet.",
  },
};
