// Die Wörter von »Hineinsehen« auf Deutsch.
import type { InsideWords } from "../en/inside";

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("de")} ${count === 1 ? one : many}`;

export const words: InsideWords = {
  title: "Hineinsehen",
  lead: "Jede Schicht des Netzes, von der Tinte bis zur Antwort, während du zeichnest. Zeige auf eine Einheit, und du siehst, was sie rechnet.",
  legend: "Die Farbe der Tinte ist mehr als null, Rot weniger, Papier nichts.",
  toWhy: "Warum dieser Buchstabe?",
  toTour: "Rundgang",
  empty: "Die Zeichenfläche ist leer: So sieht das Netz ein leeres Blatt.",
  offer: "Zeichne mir ein G",
  papers: "So hieße es in den Aufsätzen von 1989 und 1998",

  kinds: {
    input: "Das Bild",
    scale: "Pegel",
    resize: "Kleineres Bild",
    conv: "Faltung",
    maxpool: "Maximum",
    subsample: "Vergröberung",
    relu: "Relu",
    tanh: "Stauchung",
    dense: "Dichte Schicht",
    rbf: "Abstände von Codes",
    softmax: "Die Antwort",
  },
  does: {
    input: () => "28 × 28 Pixel Tinte, die aus deinen Strichen werden.",
    scale: () => "Was Papier und Tinte für das Netz sind.",
    resize: () => "Mittelwerte von Teilen des Bildes.",
    conv: (size) => `Jede Karte sucht ein Muster von ${size} × ${size}, überall mit denselben Gewichten.`,
    maxpool: (size) => `Das Größte von je ${size} × ${size}.`,
    subsample: (size) => `Die Summe von je ${size} × ${size}, mal einem Koeffizienten, plus einem Bias.`,
    relu: () => "Was unter null ist, wird null.",
    tanh: () => "Eine S-förmige Kurve hält jeden Wert in ±1,7159.",
    dense: () => "Jede Einheit wägt alles, was die Schicht davor sagt.",
    rbf: () => "Wie weit die Einheiten davor vom Bild jedes Buchstabens sind: Das nächste gewinnt.",
    softmax: () => "Die Ausgaben als Anteile von 100 %.",
  },
  maps: (count, rows, columns) => `${plural(count, "Karte", "Karten")} von ${rows} × ${columns}`,
  units: (count) => plural(count, "Einheit", "Einheiten"),
  weights: (count) => plural(count, "Gewicht", "Gewichte"),
  firstMaps: (shown) => `gezeigt sind die ersten ${shown}`,
  range: (most) => `bis ±${most}`,
  filters: (map) => `Filter der Karte ${map}: ihre Gewichte für jede Karte davor`,
  filter: "Filter, einer für jede Karte",
  keys: "Pfeiltasten gehen von Einheit zu Einheit, Bild auf und Bild ab von Karte zu Karte, Eingabe wählt, Escape schließt.",
  table: "Als Tabelle",
  tableOf: (layer) => `Werte von ${layer}`,
  columns: { map: "Karte", unit: "Einheit", least: "Kleinster", mean: "Mittel", greatest: "Größter", value: "Wert" },

  unit: (layer, map, row, column) => `${layer}, Karte ${map}, Zeile ${row}, Spalte ${column}`,
  flatUnit: (layer, unit) => `${layer}, ${typeof unit === "number" ? `Einheit ${unit}` : unit}`,
  pixel: (row, column) => `Pixel in Zeile ${row}, Spalte ${column}`,
  close: "Schließen",
  captions: {
    products: "Eingaben × Gewichte",
    bias: "Bias",
    value: "Wert",
    greatest: "das Größte",
    window: "Summe des Fensters",
    coefficient: "Koeffizient",
    mean: "Mittel des Teils",
    paper: "Papier",
    span: "Tinte − Papier",
    distance: "quadrierter Abstand vom Code",
    ink: "Tinte, von 255",
    power: "e hoch Ausgabe ÷ Temperatur",
    powers: "alle zusammen",
    probability: "Wahrscheinlichkeit",
    output: "Ausgabe",
  },
  squashed: "1,7159 · tanh (⅔ ·",
  seen: "Was sie vom Bild sieht",
  takes: "Was sie nimmt",
  weighs: "Ihre Gewichte",
  code: "Ihr Code",
  adds: "Was jedes beiträgt",
  strongest: (map) => `Karte ${map} trägt am meisten bei. Ihre Zahlen:`,
  addedBy: "Beitrag von",
  input: "Eingabe",
  weight: "Gewicht",
  product: "Produkt",
  others: (count) => `die anderen ${count} zusammen`,
  feeds: "Sie speist am meisten",
  unused: "Sie füllt kein Fenster der nächsten Schicht.",
  notTaken: "eine andere ist größer",
  formulaSpoken: (unit, value) => `${unit}: ${value}`,

  why: {
    title: (one, other) => `Warum ${one} und nicht ${other}`,
    one: "Warum",
    other: "und nicht",
    best: "Die besten zwei",
    picture: (one, other) => `Der Beitrag jedes Pixels: Die Farbe der Tinte spricht für ${one}, Rot für ${other}`,
    speaks: (letter) => `Tinte, die für ${letter} spricht`,
    constant: "Was keine Tinte entscheidet (Bias)",
    together: (one, other) => `Zusammen: Vorsprung von ${one} vor ${other}`,
    times: (one, times, other) => `${one} ist also ${times}-mal so wahrscheinlich wie ${other}.`,
    about: (linear) =>
      linear
        ? "Für diese eine Zeichnung ist das Netz eine Gerade in seinen Pixeln: Der Beitrag eines Pixels ist seine Tinte mal der Steigung (Gradient × Eingabe). Mit den Bias ergeben sie genau den Unterschied. Leeres Papier trägt nichts bei: Was fehlt, zählt bei den Bias."
        : "Jede Stauchungskurve wird durch die Gerade von null zu ihrem Wert ersetzt (die Rescale-Regel von DeepLIFT). Mit den Bias ergeben die Beiträge genau den Unterschied. Leeres Papier trägt nichts bei: Was fehlt, zählt bei den Bias.",
    empty: "Zeichne einen Buchstaben, und hier steht, welche Tinte entschied.",
    regions: "Beiträge nach Teilen des Bildes",
    rows: ["oben", "Mitte", "unten"],
    columns: ["links", "Mitte", "rechts"],
  },

  open: {
    title: "Ein anderes Netz",
    lead: "Öffne ein Modell von dir: eine .safetensors-Datei dieses Projekts, oder ein TensorFlow.js-Modell: model.json zusammen mit seinen .bin-Dateien. Oder lass sie hier fallen. Sie bleiben in diesem Tab.",
    choose: "Modell öffnen …",
    opened: (name) => `Es antwortet ${name}`,
    back: "Zurück zum eigenen der Seite",
    own: "Es antwortet wieder das eigene Netz der Seite.",
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
          "Dein Stift hinterlässt Punkte. Mehr ist nicht bekannt: Weder Farbe noch Breite werden gelesen. Zeichne einen Buchstaben, und zeichne weiter: Alles darunter folgt dir.",
      },
      {
        title: "Das Bild",
        text: () =>
          "Die Tinte wird ausgeschnitten, zentriert und auf 28 × 28 Pixel gebracht, damit es nicht zählt, wo und wie groß du geschrieben hast. 1989 hieß das Normalisierung, und 16 × 16 Pixel mussten genügen.",
      },
      {
        title: "Eine Merkmalskarte",
        text: (layer) =>
          `Eine Einheit von ${layer} sieht nur ein kleines Quadrat des Bildes, ihr rezeptives Feld. Alle Einheiten einer Karte teilen dieselben Gewichte. So findet eine Karte ihren Strich, ihre Kante oder Ecke, wo immer sie ist: „weight sharing“, die Idee des Aufsatzes von 1989.`,
      },
      {
        title: "Die Stauchung",
        text: (layer) =>
          `${layer} biegt, was summiert wurde: Ohne sie wären viele Schichten nicht mehr als eine. Die Aufsätze nahmen einen skalierten Tangens hyperbolicus; heute schneidet man oft nur ab, was unter null ist.`,
      },
      {
        title: "Mit Absicht ungenauer",
        text: (layer) =>
          `${layer} behält von jedem kleinen Fenster eine Zahl. Wo genau ein Merkmal liegt, zählt dann nicht mehr, wo ungefähr noch immer. In den Aufsätzen heißt das Vergröberung (subsampling); ein Netz kann auch das Maximum nehmen oder Pixel überspringen (1989).`,
      },
      {
        title: "Merkmale aus Merkmalen",
        text: (layer) =>
          `Die Karten von ${layer} verbinden mehrere Karten davor: Ecken aus Kanten, Schleifen aus Bögen. In LeNet-5 ist das C3, und eine Tabelle sagt, welche Karten von S2 jede sieht. Wähle eine Einheit, und ihr Feld auf dem Bild wird umrahmt: je tiefer, desto größer.`,
      },
      {
        title: "Der ganze Buchstabe",
        text: (layer) =>
          `Jede Einheit von ${layer} wägt alles, was gefunden wurde, überall. In LeNet-5 sind das C5 und F6, und hier sind die meisten Gewichte.`,
      },
      {
        title: "Die Antwort",
        text: (layer) =>
          `${layer} gibt jedem Buchstaben eine Zahl, und der Softmax macht Anteile daraus. 1998 hatte jeder Buchstabe stattdessen ein kleines Bild als Code, und das nächste gewann. Darunter siehst du, welche deiner Tinte für den besten Buchstaben sprach und welche für den nächsten.`,
      },
    ],
  },
};
