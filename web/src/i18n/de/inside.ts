// Texte der Ansicht „Blick ins Netz“ auf Deutsch.
import type { InsideWords } from "../en/inside";

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("de")} ${count === 1 ? one : many}`;

export const words: InsideWords = {
  title: "Blick ins Netz",
  lead: "Jede Schicht des Netzes, vom Eingabebild bis zu den Wahrscheinlichkeiten, während du zeichnest. Wähle eine Einheit, um zu sehen, was sie berechnet.",
  legend: "Die Farbe der Tinte ist positiv, Rot ist negativ, die Farbe des Papiers ist null.",
  toAttribution: "Warum dieser Buchstabe?",
  toTour: "Rundgang",
  empty: "Die Zeichenfläche ist leer: Das sind die Werte für ein leeres Blatt.",
  example: (name) => `Ein Beispiel zeichnen: ${name}`,
  papers: "Der Name in den Veröffentlichungen von 1989 und 1998",

  layers: {
    input: { name: "Eingabebild", does: () => "Deine Striche als 28 × 28 Pixel." },
    scale: { name: "Skalierung", does: () => "Bildet die Pixelwerte auf den Wertebereich des Netzes ab." },
    resize: { name: "Verkleinerung", does: () => "Jede Ausgabe ist der Mittelwert eines Teils des Bildes." },
    conv: {
      name: "Faltung",
      does: ({ kernel }) =>
        `Schiebt Kernel aus ${kernel} × ${kernel} Gewichten über die Eingabe: eine Feature-Map je Kernel.`,
    },
    maxpool: {
      name: "Max-Pooling",
      does: ({ window }) =>
        `Behält das Maximum aus je ${window} × ${window} Werten${window === 2 ? ", die Feature-Map wird halb so groß" : ""}.`,
    },
    subsample: {
      name: "Subsampling",
      does: ({ window }) =>
        `Summe aus je ${window} × ${window} Werten, mal einem trainierten Koeffizienten, plus Bias${window === 2 ? "; die Feature-Map wird halb so groß" : ""}.`,
    },
    relu: { name: "ReLU", does: () => "Negative Werte werden 0." },
    tanh: { name: "Skalierter tanh", does: () => "Eine S-förmige Funktion hält jeden Wert innerhalb von ±1,7159." },
    dense: { name: "Vollverbundene Schicht", does: () => "Jede Ausgabe verbindet alle Werte der vorigen Schicht." },
    rbf: {
      name: "RBF-Schicht",
      does: () => "Quadrierter Abstand zum Ausgabecode jedes Buchstabens: Der nächste Code gewinnt.",
    },
    softmax: {
      name: "Softmax",
      does: () => "Aus Logits werden Wahrscheinlichkeiten, die zusammen 100 % ergeben.",
    },
  },
  maps: (count, rows, columns) =>
    count === 1 ? `${rows} × ${columns}` : `${count} Feature-Maps von ${rows} × ${columns}`,
  units: (count) => plural(count, "Einheit", "Einheiten"),
  parameters: (count) => `${count.toLocaleString("de")} Parameter`,
  firstMaps: (count) => `gezeigt werden die ersten ${count}`,
  kernels: (map) => `Kernel der Feature-Map ${map}, einer für jede Feature-Map der Eingabe`,
  kernel: "Kernel, einer für jede Feature-Map",
  keys: "Pfeiltasten gehen von Einheit zu Einheit, Bild auf und Bild ab von Feature-Map zu Feature-Map, die Eingabetaste wählt aus, Escape schließt.",
  table: "Als Tabelle",
  tableOf: (layer) => `Werte von ${layer}`,
  columns: {
    map: "Feature-Map",
    unit: "Einheit",
    minimum: "Minimum",
    mean: "Mittelwert",
    maximum: "Maximum",
    value: "Wert",
  },

  unit: (layer, map, row, column) => `${layer}, Feature-Map ${map}, Zeile ${row}, Spalte ${column}`,
  flatUnit: (layer, unit) => `${layer}, ${typeof unit === "number" ? `Einheit ${unit}` : unit}`,
  pixel: (row, column) => `Pixel in Zeile ${row}, Spalte ${column}`,
  close: "Schließen",
  captions: {
    products: "Summe aus Eingaben × Gewichten",
    bias: "Bias",
    value: "Wert",
    maximum: "Maximum",
    window: "Summe des Fensters",
    coefficient: "Koeffizient",
    mean: "Mittelwert des Teils",
    paper: "Wert für Papier",
    span: "Tinte − Papier",
    distance: "quadrierter Abstand zum Code",
    ink: "Pixel, 0 bis 255",
    exponential: "exp (Logit ÷ Temperatur)",
    sum: "Summe über alle Buchstaben",
    probability: "Wahrscheinlichkeit",
    output: "Ausgabe",
  },
  scaledTanh: "1,7159 · tanh (⅔ ·",
  receptiveField: "Rezeptives Feld",
  unitInputs: "Eingaben",
  unitWeights: "Gewichte",
  code: "Ausgabecode",
  products: "Eingabe × Gewicht",
  strongest: (map) => `Feature-Map ${map} trägt am meisten bei:`,
  source: "Von",
  input: "Eingabe",
  weight: "Gewicht",
  product: "Produkt",
  others: (count) => `die übrigen ${count} zusammen`,
  contributions: "Größte Beiträge zur nächsten Schicht",
  unused: "Kein Fenster der nächsten Schicht enthält diese Einheit.",
  notMaximum: "ein anderer Wert ist größer",
  formulaSpoken: (unit, value) => `${unit}: ${value}`,

  attribution: {
    title: (first, second) => `Warum ${first} und nicht ${second}`,
    first: "Warum",
    second: "und nicht",
    best: "Die zwei wahrscheinlichsten",
    picture: (first, second) =>
      `Beitrag jedes Pixels: Die Farbe der Tinte spricht für ${first}, Rot spricht für ${second}`,
    supports: (letter) => `Pixel, die für ${letter} sprechen`,
    constant: "Bias und Padding",
    sum: (first, second) => `Summe: Logit von ${first} minus Logit von ${second}`,
    times: (first, times, second) => `${first} ist also ${times}-mal so wahrscheinlich wie ${second}.`,
    about: (linear) =>
      linear
        ? "Für eine einzelne Zeichnung ist das Netz eine lineare Funktion der Pixel. Der Beitrag eines Pixels ist sein Wert mal dem Gradienten (Gradient × Eingabe). Zusammen mit den Bias-Werten ergeben die Beiträge genau die Differenz der Logits. Leere Pixel tragen 0 bei."
        : "Jede Aktivierungsfunktion wird durch die Gerade von null zu ihrem Wert ersetzt (die Rescale-Regel von DeepLIFT). Zusammen mit den Bias-Werten ergeben die Beiträge genau die Differenz der Logits. Leere Pixel tragen 0 bei.",
    empty: "Zeichne einen Buchstaben, um zu sehen, welche Pixel entscheiden.",
    regions: "Beiträge nach Teilen des Bildes",
    rows: ["oben", "Mitte", "unten"],
    columns: ["links", "Mitte", "rechts"],
  },

  open: {
    title: "Ein anderes Modell",
    lead: "Öffne eine .safetensors-Datei dieses Projekts oder ein TensorFlow.js-Modell: model.json zusammen mit seinen .bin-Dateien, oder ein Zip-Archiv davon. Du kannst die Dateien auch hierher ziehen. Sie bleiben in diesem Tab.",
    choose: "Modell öffnen …",
    opened: (name) => `Vorhersagen von ${name}`,
    back: "Zurück zum Standardnetz",
    own: "Das Standardnetz ist wieder aktiv.",
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
          "Dein Stift hinterlässt Punkte auf der Zeichenfläche. Mehr bekommt das Netz nicht: weder Farbe noch Strichbreite. Zeichne einen Buchstaben und zeichne weiter: Alle Schichten darunter ändern sich mit.",
      },
      {
        title: "Das Bild",
        text: () =>
          "Die Zeichnung wird ausgeschnitten, zentriert und auf 28 × 28 Pixel skaliert, damit Ort und Größe keine Rolle spielen. 1989 hieß das Normalisierung, mit 16 × 16 Pixeln.",
      },
      {
        title: "Eine Feature-Map",
        text: (layer) =>
          `Jede Einheit von ${layer} sieht nur ein kleines Quadrat des Bildes, ihr rezeptives Feld. Alle Einheiten einer Feature-Map haben dieselben Gewichte. So erkennt sie überall denselben Strich, dieselbe Kante oder Ecke. Das sind geteilte Gewichte (weight sharing), die Idee der Veröffentlichung von 1989.`,
      },
      {
        title: "Die Aktivierungsfunktion",
        text: (layer) =>
          `${layer} ist eine nichtlineare Funktion. Ohne sie könnten viele Schichten nicht mehr berechnen als eine einzige. Die Veröffentlichungen benutzten einen skalierten Tangens hyperbolicus. Heutige Netze benutzen oft ReLU: Negative Werte werden 0.`,
      },
      {
        title: "Pooling",
        text: (layer, kind, window) => {
          const why = "Der genaue Ort eines Merkmals spielt dann keine Rolle mehr, der ungefähre schon.";
          if (kind === "maxpool")
            return `${layer} behält den größten Wert aus jedem Fenster von ${window} × ${window} Werten. ${why} In den Veröffentlichungen wurde stattdessen gemittelt (Subsampling).`;
          if (kind === "subsample")
            return `${layer} mittelt jedes Fenster von ${window} × ${window} Werten, mit einem trainierten Koeffizienten und einem Bias (Subsampling). ${why} Heutige Netze behalten stattdessen oft den größten Wert (Max-Pooling).`;
          return `Dieses Netz hat keine Pooling-Schicht. Pooling behält von jedem kleinen Fenster eine Zahl. ${why} 1989 leistete das eine Faltung mit Schrittweite.`;
        },
      },
      {
        title: "Merkmale aus Merkmalen",
        text: (layer) =>
          `Jede Feature-Map von ${layer} verbindet mehrere Feature-Maps der vorigen Schicht: Aus Kanten werden Ecken, aus Bögen Schleifen. In LeNet-5 ist das C3, wo eine Verbindungstabelle festlegt, welche Feature-Maps von S2 jede von ihnen sieht. Wähle eine Einheit, und ihr rezeptives Feld wird umrahmt: je tiefer die Schicht, desto größer das Feld.`,
      },
      {
        title: "Der ganze Buchstabe",
        text: (layer) =>
          `Jede Einheit von ${layer} verbindet alle Merkmale von allen Orten. In LeNet-5 sind das die Schichten C5 und F6, und sie haben die meisten Gewichte.`,
      },
      {
        title: "Die Antwort",
        text: (layer) =>
          `${layer} gibt jedem Buchstaben einen Logit, und der Softmax macht aus den Logits Wahrscheinlichkeiten. In LeNet-5 hatte jeder Buchstabe stattdessen ein kleines Bild als Ausgabecode, und der nächste Code gewann. Darunter siehst du, welche Pixel für den wahrscheinlichsten Buchstaben sprechen und welche für den zweiten.`,
      },
    ],
  },
};
