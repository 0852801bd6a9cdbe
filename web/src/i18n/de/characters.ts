// Texte auf Deutsch für ein Netz mit anderen Klassen als A bis Z.
import { nameClasses, withReplacements } from "../characters";
import type { InsideWords } from "../en/inside";
import type { Words } from "../en/page";

/** Steps of the guided tour that speak of letters, by their places. */
const TOUR: Readonly<Record<number, Partial<InsideWords["tour"]["steps"][number]>>> = {
  0: {
    text: () =>
      "Dein Stift hinterlässt Punkte auf der Zeichenfläche. Mehr bekommt das Netz nicht: weder Farbe noch Strichbreite. Schreibe ein Zeichen und schreibe weiter: Alle Schichten darunter ändern sich mit.",
  },
  6: { title: "Das ganze Zeichen" },
  7: {
    text: (layer) =>
      `${layer} gibt jedem Zeichen eine Punktzahl (Logit), und der Softmax macht aus den Punktzahlen Wahrscheinlichkeiten. In LeNet-5 hatte jede Klasse stattdessen ein kleines Bild als Ausgabecode, und der nächste Code gewann. Darunter siehst du, welche Pixel für das wahrscheinlichste Zeichen sprechen und welche für das zweite.`,
  },
};

const number = (value: number) => value.toLocaleString("de");

export function ofCharacters(words: Words, labels: string): Words {
  const classes = nameClasses(labels, "bis", "Zeichen");
  return withReplacements(words, {
    title: "LeNet: Schreibe ein Zeichen",
    motto: "liest das Zeichen, das du schreibst",
    pad: {
      name: "Zeichenfläche: Schreibe ein Zeichen mit Maus, Finger oder Stift. Mit der Tastatur bewegen die Pfeiltasten den Stift, und die Leertaste setzt ihn auf oder hebt ihn ab.",
    },
    answer: {
      verdicts: { "not-a-letter": "Keines seiner Zeichen", empty: "Schreibe ein Zeichen" },
      none: (best) => `Keines seiner Zeichen. Am ähnlichsten: ${best}.`,
    },
    word: {
      how: "Schreibe die Zeichen einzeln nebeneinander. Die Lücken zwischen den Strichen und die Vorhersagen des Netzes entscheiden, wo ein Zeichen endet.",
      empty: "Schreibe ein Wort in einzelnen Zeichen auf die breite Fläche.",
      unsure:
        "Es ist nicht klar, wo ein Zeichen endet und das nächste beginnt. Schreibschrift lässt sich nicht segmentieren: Schreibe einzelne Zeichen, oder verbinde und trenne sie unten.",
      letters: "Zeichen",
      letter: (place, character, confidence) => `Zeichen ${place}: ${character}, ${confidence}`,
      mergeLong: (first, second) => `${first} und ${second} verbinden: Es ist ein einziges Zeichen`,
      splitLong: (character) => `${character} trennen: Es sind zwei Zeichen`,
      listHow: `Mit einer Liste ist die Vorhersage immer eines ihrer Wörter aus ${classes}. Die Liste bleibt in diesem Tab.`,
    },
    picture: {
      how: "Ein Foto oder Scan von einzelnen Zeichen, allein oder in Zeilen. Die Tinte wird vom Papier getrennt, gerade ausgerichtet und in Zeichen segmentiert.",
      none: "In diesem Bild wurden keine Zeichen gefunden. Am besten geht dunkle Tinte auf einfarbigem Papier.",
      level: (degrees, count) =>
        `3. ${Math.abs(degrees) < 0.1 ? "Nicht gedreht" : `Um ${Math.abs(degrees).toFixed(1).replace(".", ",")}° gedreht`}, in ${count} Zeichen segmentiert`,
      letters: "Zeichen",
      unknown: "keines seiner Zeichen",
    },
    mistakes: {
      trainedOnThese: "Dieses Netz wurde mit diesen Zeichen trainiert. Bei neuen ist seine Genauigkeit daher geringer.",
      robustnessHow:
        "Schreibe ein Zeichen und verändere dann das Eingabebild des Netzes. Die Kurve zeigt die Wahrscheinlichkeit des Zeichens über den Bereich des Reglers.",
      robustnessEmpty: "Schreibe zuerst ein Zeichen.",
      confusionHow:
        "Das Netz sagt jedes Zeichen eines Datensatzes vorher, hier in diesem Tab. Zeilen sind die wahren Zeichen, Spalten die vorhergesagten. Wähle eine Zelle, um ihre Bilder zu sehen.",
      own: "Deine Zeichen",
      noOwn: `Du hast noch keine Zeichen dieses Netzes (${classes}). Füge welche in der Ansicht „Beibringen“ hinzu.`,
      file: "Eine Datei (NPZ, JSON Lines)",
      otherLetters: `Dieses Netz liest ${classes}. Diese Buchstaben sind A bis Z, groß und klein in einer Klasse: Es lässt sich mit ihnen nicht messen.`,
      trueLetters: "Zeilen: wahre Zeichen",
      predictedLetters: "Spalten: vorhergesagte Zeichen",
      cellName: (label, predicted, count) => `Wahres Zeichen ${label}, vorhergesagt ${predicted}: ${number(count)}`,
      gallery: (label, predicted, count, numShown) =>
        `Wahres Zeichen ${label}, vorhergesagt ${predicted}: ${number(count)}${numShown < count ? `, die ${number(numShown)} sichersten` : ""}`,
      problem: (reason) =>
        `Diese Datei lässt sich nicht verwenden: ${reason}. Wähle Zeichen dieses Netzes (${classes}) als NPZ oder JSON Lines.`,
    },
    take: { empty: "Schreibe zuerst ein Zeichen." },
    about: {
      trainedOn: (images, sets) => `, mit ${number(images)} Bildern trainiert${sets && ` (${sets})`}`,
      letters: `Das Netz liest ${classes} und sagt, wenn es unsicher ist.`,
    },
    inside: async () => {
      const { words } = await import("./inside");
      return withReplacements(words, {
        tour: { steps: words.tour.steps.map((step, i) => ({ ...step, ...TOUR[i] })) },
        toAttribution: "Warum dieses Zeichen?",
        layers: {
          rbf: {
            does: () => "Quadrierter Abstand zum Ausgabecode jedes Zeichens: Der nächste Code gewinnt.",
          },
        },
        captions: { sum: "Summe über alle Zeichen" },
        attribution: { empty: "Schreibe ein Zeichen, um zu sehen, welche Pixel entscheiden." },
      });
    },
    teach: async () =>
      withReplacements((await import("./teach")).words, {
        how: "Schreibe ein Zeichen und tippe dann auf das, das du gemeint hast, vor allem wenn die Vorhersage falsch ist. Die Zeichnung wird auf diesem Gerät gespeichert.",
        keys: "Tastatur: Drücke Alt und das Zeichen, oder geh zur Zeichenreihe und tippe es.",
        row: "Richtiges Zeichen",
        trueLetter: (character) => `Richtiges Zeichen: ${character}`,
        empty: "Schreibe zuerst ein Zeichen.",
        letters: "Deine Zeichen",
        count: (count, written) => (count === 0 ? "noch keine" : `${written} Zeichen`),
        none: "Hier erscheinen deine gespeicherten Zeichen.",
        clearSure:
          "Alle deine Zeichnungen und das damit trainierte Netz von diesem Gerät löschen? Das lässt sich nicht rückgängig machen.",
        storage: { failed: "Der Browser konnte die Zeichen nicht speichern." },
        notStored:
          "Deine Zeichen gehen verloren, wenn dieser Tab geschlossen wird: Exportiere sie, um sie zu behalten.",
        train: "Mit deinen Zeichen trainieren",
        otherLetters: `Dieses Netz liest ${classes}: Es lässt sich hier nicht nachtrainieren, denn die Handschrift-Fonts, die ein Netz vor dem Vergessen bewahren, haben nur Buchstaben A bis Z.`,
      }),
    train: async () =>
      withReplacements((await import("./train")).words, {
        lead: `Ein Netz beginnt mit zufälligen Gewichten und wird hier in diesem Tab trainiert. Netze, die hier trainiert werden, lesen A bis Z; das aktive Netz liest ${classes}.`,
        noOwn: "Du hast noch keine Buchstaben von A bis Z. Diese Ansicht trainiert nur Netze für A bis Z.",
      }),
  });
}
