// Texte der Ansicht „Hineinsehen“ auf Deutsch.
import type { InsideWords } from "../en/inside";

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("de")} ${count === 1 ? one : many}`;

export const words: InsideWords = {
  title: "Blick ins Netz",
  lead: "Jede Schicht des Netzes, vom Eingabebild bis zu den Wahrscheinlichkeiten, während du zeichnest. Zeige auf eine Einheit, und du siehst, was sie rechnet.",
  legend: "Tintenblau ist positiv, Rot negativ, Papier null.",
  toWhy: "Warum dieser Buchstabe?",
  toTour: "Rundgang",
  empty: "Die Zeichenfläche ist leer: Das sind die Werte für ein leeres Blatt.",
  offer: "Zeichne mir ein G",
  papers: "Der Name in den Aufsätzen von 1989 und 1998",

  layers: {
    input: { name: "Eingabebild", does: () => "Deine Striche als 28 × 28 Pixel." },
    scale: { name: "Skalierung", does: () => "Pixelwerte kommen in den Wertebereich des Netzes." },
    resize: { name: "Verkleinerung", does: () => "Jede Ausgabe ist das Mittel eines Teils des Bildes." },
    conv: {
      name: "Faltung",
      does: (size) => `Jede Karte schiebt einen Filter von ${size} × ${size} Gewichten über ihre Eingabe.`,
    },
    maxpool: { name: "Max-Pooling", does: (size) => `Behält das Maximum aus je ${size} × ${size} Werten.` },
    subsample: {
      name: "Subsampling",
      does: (size) => `Die Summe aus je ${size} × ${size} Werten, mal einem Koeffizienten, plus einem Bias.`,
    },
    relu: { name: "ReLU", does: () => "Negative Werte werden 0." },
    tanh: { name: "Skalierter tanh", does: () => "Eine S-förmige Kurve hält jeden Wert in ±1,7159." },
    dense: { name: "Vollverbundene Schicht", does: () => "Jede Ausgabe verbindet alle Werte der vorigen Schicht." },
    rbf: {
      name: "RBF-Schicht",
      does: () => "Quadrierter Abstand zum Code jedes Buchstabens: Der nächste Buchstabe gewinnt.",
    },
    softmax: { name: "Softmax", does: () => "Aus Punktzahlen werden Wahrscheinlichkeiten, zusammen 100 %." },
  },
  maps: (count, rows, columns) => `${plural(count, "Karte", "Karten")} von ${rows} × ${columns}`,
  units: (count) => plural(count, "Einheit", "Einheiten"),
  weights: (count) => plural(count, "Gewicht", "Gewichte"),
  firstMaps: (shown) => `gezeigt sind die ersten ${shown}`,
  range: (most) => `bis ±${most}`,
  filters: (map) => `Filter der Karte ${map}: ihre Gewichte für jede Eingabekarte`,
  filter: "Filter, einer für jede Karte",
  keys: "Pfeiltasten gehen von Einheit zu Einheit, Bild auf und Bild ab von Karte zu Karte, Eingabe wählt, Escape schließt.",
  table: "Als Tabelle",
  tableOf: (layer) => `Werte von ${layer}`,
  columns: { map: "Karte", unit: "Einheit", least: "Minimum", mean: "Mittel", greatest: "Maximum", value: "Wert" },

  unit: (layer, map, row, column) => `${layer}, Karte ${map}, Zeile ${row}, Spalte ${column}`,
  flatUnit: (layer, unit) => `${layer}, ${typeof unit === "number" ? `Einheit ${unit}` : unit}`,
  pixel: (row, column) => `Pixel in Zeile ${row}, Spalte ${column}`,
  close: "Schließen",
  captions: {
    products: "Eingaben × Gewichte",
    bias: "Bias",
    value: "Wert",
    greatest: "Maximum",
    window: "Summe des Fensters",
    coefficient: "Koeffizient",
    mean: "Mittel des Teils",
    paper: "Papier",
    span: "Tinte − Papier",
    distance: "quadrierter Abstand zum Code",
    ink: "Tinte, von 255",
    power: "e hoch Ausgabe ÷ Temperatur",
    powers: "Summe über alle Buchstaben",
    probability: "Wahrscheinlichkeit",
    output: "Ausgabe",
  },
  squashed: "1,7159 · tanh (⅔ ·",
  seen: "Ihr rezeptives Feld",
  takes: "Ihre Eingaben",
  weighs: "Ihre Gewichte",
  code: "Ihr Code",
  adds: "Eingabe × Gewicht",
  strongest: (map) => `Karte ${map} trägt am meisten bei. Ihre Werte:`,
  addedBy: "Von",
  input: "Eingabe",
  weight: "Gewicht",
  product: "Produkt",
  others: (count) => `die anderen ${count} zusammen`,
  feeds: "Größte Beiträge zur nächsten Schicht",
  unused: "Kein Fenster der nächsten Schicht enthält sie.",
  notTaken: "eine andere ist größer",
  formulaSpoken: (unit, value) => `${unit}: ${value}`,

  why: {
    title: (one, other) => `Warum ${one} und nicht ${other}`,
    one: "Warum",
    other: "und nicht",
    best: "Die besten zwei",
    picture: (one, other) => `Der Beitrag jedes Pixels: Die Farbe der Tinte spricht für ${one}, Rot für ${other}`,
    speaks: (letter) => `Tinte, die für ${letter} spricht`,
    constant: "Bias, unabhängig von der Zeichnung",
    together: (one, other) => `Summe: Vorsprung von ${one} vor ${other}`,
    times: (one, times, other) => `${one} ist also ${times}-mal so wahrscheinlich wie ${other}.`,
    about: (linear) =>
      linear
        ? "Für diese eine Zeichnung ist das Netz linear in seinen Pixeln: Der Beitrag eines Pixels ist seine Tinte mal dem Gradienten (Gradient × Eingabe). Mit den Bias ergeben sie genau den Unterschied. Leeres Papier trägt nichts bei: Fehlende Tinte zählt bei den Bias."
        : "Jede Aktivierungsfunktion wird durch die Gerade von null zu ihrem Wert ersetzt (die Rescale-Regel von DeepLIFT). Mit den Bias ergeben die Beiträge genau den Unterschied. Leeres Papier trägt nichts bei: Fehlende Tinte zählt bei den Bias.",
    empty: "Zeichne einen Buchstaben, um zu sehen, welche Tinte entschied.",
    regions: "Beiträge nach Teilen des Bildes",
    rows: ["oben", "Mitte", "unten"],
    columns: ["links", "Mitte", "rechts"],
  },

  open: {
    title: "Ein anderes Modell",
    lead: "Öffne eine .safetensors-Datei dieses Projekts oder ein TensorFlow.js-Modell: model.json zusammen mit seinen .bin-Dateien. Oder lass sie hier fallen. Sie bleiben in diesem Tab.",
    choose: "Modell öffnen …",
    opened: (name) => `Vorhersagen von ${name}`,
    back: "Zurück zum Standardnetz",
    own: "Das Standardnetz ist wieder in Gebrauch.",
  },

  tour: {
    region: "Rundgang",
    step: (step, of) => `Schritt ${step} von ${of}`,
    next: "Weiter",
    back: "Zurück",
    end: "Beenden",
    steps: [
      {
        title: "Der Strich",
        text: () =>
          "Dein Stift hinterlässt Punkte. Mehr bekommt das Netz nicht: weder Farbe noch Breite. Zeichne einen Buchstaben, und zeichne weiter: Alles darunter folgt dir.",
      },
      {
        title: "Das Bild",
        text: () =>
          "Die Zeichnung wird ausgeschnitten, zentriert und auf 28 × 28 Pixel skaliert, damit Ort und Größe nicht zählen. 1989 hieß das Normalisierung, mit 16 × 16 Pixeln.",
      },
      {
        title: "Eine Merkmalskarte",
        text: (layer) =>
          `Eine Einheit von ${layer} sieht nur ein kleines Quadrat des Bildes, ihr rezeptives Feld. Alle Einheiten einer Karte teilen dieselben Gewichte. So findet eine Karte ihren Strich, ihre Kante oder Ecke, wo immer sie ist: „weight sharing“, die Idee des Aufsatzes von 1989.`,
      },
      {
        title: "Die Aktivierungsfunktion",
        text: (layer) =>
          `${layer} ist nicht linear: Ohne sie könnten viele Schichten nicht mehr als eine. Die Aufsätze nahmen einen skalierten Tangens hyperbolicus. Heutige Netze nehmen oft ReLU: Negative Werte werden 0.`,
      },
      {
        title: "Pooling",
        text: (layer) =>
          `${layer} behält von jedem kleinen Fenster eine Zahl. Der genaue Ort eines Merkmals zählt dann nicht mehr, der ungefähre schon. In den Aufsätzen heißt das Subsampling; andere Netze nehmen das Maximum oder falten mit einer Schrittweite (1989).`,
      },
      {
        title: "Merkmale aus Merkmalen",
        text: (layer) =>
          `Die Karten von ${layer} verbinden mehrere Karten der vorigen Schicht: Aus Kanten werden Ecken, aus Bögen Schleifen. In LeNet-5 ist das C3, und eine Tabelle sagt, welche Karten von S2 jede sieht. Wähle eine Einheit, und ihr rezeptives Feld wird umrahmt: je tiefer die Schicht, desto größer das Feld.`,
      },
      {
        title: "Der ganze Buchstabe",
        text: (layer) =>
          `Jede Einheit von ${layer} verbindet alle Merkmale aller Orte. In LeNet-5 sind das C5 und F6, und sie haben die meisten Gewichte.`,
      },
      {
        title: "Die Antwort",
        text: (layer) =>
          `${layer} gibt jedem Buchstaben eine Punktzahl, und der Softmax macht daraus Wahrscheinlichkeiten. 1998 hatte jeder Buchstabe stattdessen ein kleines Bild als Code, und der nächste Code gewann. Darunter siehst du, welche Tinte für den besten Buchstaben spricht und welche für den zweiten.`,
      },
    ],
  },
};
