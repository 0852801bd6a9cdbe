// Texte der Ansicht „Beibringen“ auf Deutsch.
import type { TeachWords } from "../en/teach";

export const words: TeachWords = {
  title: "Bring dem Netz deine Handschrift bei",
  how: "Zeichne einen Buchstaben und tippe dann auf den, den du gemeint hast, vor allem wenn die Vorhersage falsch ist. Die Zeichnung wird auf diesem Gerät gespeichert, und das Netz kann damit trainiert werden.",
  keys: "Tastatur: Drücke Alt und den Buchstaben, oder geh zur Buchstabenreihe und tippe ihn.",
  row: "Richtiger Buchstabe",
  trueLetter: (letter) => `Richtiger Buchstabe: ${letter}`,
  stored: (letter, all) => `Als ${letter} gespeichert. ${all}.`,
  empty: "Zeichne zuerst einen Buchstaben.",
  letters: "Deine Buchstaben",
  count: (count, written) => (count === 0 ? "noch keine" : count === 1 ? "1 Buchstabe" : `${written} Buchstaben`),
  unused: (count, written) =>
    count === 1
      ? "Die Klasse von einem davon hat das aktive Netz nicht: Es bleibt gespeichert und wird nicht benutzt."
      : `Die Klassen von ${written} davon hat das aktive Netz nicht: Sie bleiben gespeichert und werden nicht benutzt.`,
  none: "Hier erscheinen deine gespeicherten Buchstaben.",
  remove: (letter, place) => `${letter}, Nummer ${place}, löschen`,
  removed: (letter) => `${letter} wurde gelöscht.`,
  undo: "Letzte Änderung rückgängig machen",
  undone: "Rückgängig gemacht.",
  export: "Exportieren",
  import: "Importieren",
  clear: "Alle löschen",
  clearSure:
    "Alle deine Buchstaben und das damit trainierte Netz von diesem Gerät löschen? Das lässt sich nicht rückgängig machen.",
  clearYes: "Alles löschen",
  clearNo: "Behalten",
  cleared: "Alles wurde gelöscht.",
  imported: (count) => `Importiert: ${count}.`,
  importFailed: (reason) => `Diese Datei lässt sich nicht verwenden: ${reason}.`,
  damaged: (count) =>
    count === 1
      ? "Ein Eintrag auf diesem Gerät ist beschädigt und fehlt hier."
      : `${count} Einträge auf diesem Gerät sind beschädigt und fehlen hier.`,
  storage: {
    unavailable:
      "Dieser Browser speichert nichts für diese Seite (ein privates Fenster oder eine Einstellung des Browsers).",
    full: "Der Browser hat für diese Seite keinen Speicherplatz mehr.",
    blocked: "In einem anderen Tab ist eine ältere Version dieser Seite offen. Schließe ihn, und lade diesen Tab neu.",
    newer: "In einem anderen Tab ist eine neuere Version dieser Seite offen. Lade diesen Tab neu.",
    failed: "Der Browser konnte die Buchstaben nicht speichern.",
  },
  notStored: "Deine Buchstaben gehen verloren, wenn dieser Tab geschlossen wird: Exportiere sie, um sie zu behalten.",
  train: "Mit deinen Buchstaben trainieren",
  trainHow:
    "Die letzten Schichten werden mit deinen Buchstaben nachtrainiert (Fine-Tuning), gemischt mit Buchstaben aus Handschrift-Fonts. So vergisst das Netz andere Handschriften nicht.",
  minLetters: (count) => `Dafür sind mindestens ${count} Buchstaben nötig; zwanzig sind besser.`,
  start: "Training starten",
  stop: "Stoppen",
  training: "Training läuft …",
  failed: (reason) => `Das Training ist fehlgeschlagen: ${reason}.`,
  otherLetters: "Das Standardnetz hat andere Klassen als A bis Z: Es lässt sich hier nicht nachtrainieren.",
  result: "Genauigkeit vorher und nachher",
  before: "vorher",
  after: "nachher",
  own: "Deine Buchstaben",
  fontLetters: "Handschrift-Fonts (Validierung)",
  correctOf: (correct, all) => `${correct} von ${all}`,
  crossValidated:
    "Jeder deiner Buchstaben wurde von einem Netz vorhergesagt, das nicht mit ihm trainiert wurde (Kreuzvalidierung).",
  fewLetters: "Bei so wenigen Buchstaben kann ein Unterschied von einem Buchstaben Zufall sein.",
  allCorrect:
    "Das Netz hat schon vorher alle deine Buchstaben richtig vorhergesagt. Füge solche hinzu, die es falsch vorhersagt.",
  notBetter: "Die Genauigkeit auf deinen Buchstaben ist nicht gestiegen. Mehr Buchstaben können helfen.",
  forgot:
    "Die Genauigkeit auf Handschrift-Fonts ist geringer als vorher. Die Genauigkeit auf den Handschriften anderer Menschen wird hier nicht gemessen.",
  accept: "Dieses Netz benutzen",
  discard: "Verwerfen",
  accepted: "Dein persönliches Netz ist jetzt aktiv, und auch, wenn du die Seite wieder öffnest.",
  discarded: "Verworfen.",
  networkInUse: "Aktives Netz",
  defaultNetwork: "Standardnetz",
  personalNetwork: "Persönliches Netz",
  forget: "Persönliches Netz löschen",
  broken: "Das auf diesem Gerät gespeicherte persönliche Netz ist beschädigt: Das Standardnetz ist aktiv.",
};
