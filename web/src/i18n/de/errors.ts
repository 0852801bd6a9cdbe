// Texte der Fehler auf Deutsch.
import type { Texts } from "../message";

export const TEXTS: Texts = {
  "{}": "{}",

  "{} did not load ({}). {}": "{} konnte nicht geladen werden ({}). {}",
  "The engine": "Die Engine",
  "The model": "Das Modell",
  "The data set": "Der Datensatz",
  "status {}": "Status {}",
  "Reload the page.": "Lade die Seite neu.",
  "Pass the address of a model file, or its bytes.": "Übergib die Adresse einer Modelldatei, oder ihre Bytes.",
  "the model must be an address, an ArrayBuffer or an array of bytes":
    "Das Modell muss eine Adresse, ein ArrayBuffer oder ein Array von Bytes sein",
  "A part of the page did not load ({}). Reload the page.":
    "Ein Teil der Seite konnte nicht geladen werden ({}). Lade die Seite neu.",
  "The training stopped ({}). Reload the page.": "Das Training ist abgebrochen ({}). Lade die Seite neu.",
  "a thread did not load ({})": "Ein Thread konnte nicht geladen werden ({})",

  "a number is outside its range": "Eine Zahl liegt außerhalb ihres Wertebereichs",
  "the layers of the network do not fit together": "Die Schichten des Netzes passen nicht zusammen",
  "a coordinate is not a number, or too large": "Eine Koordinate ist keine Zahl oder zu groß",
  "the drawing has more than 100,000 points, the picture more than 16,384 pixels per side, or the network more than a billion multiply-adds per image":
    "Die Zeichnung hat mehr als 100.000 Punkte, das Bild mehr als 16.384 Pixel je Seite, oder das Netz mehr als eine Milliarde Multiplikationen je Bild",
  "a label is outside its range": "Ein Label liegt außerhalb seines Wertebereichs",
  "the engine failed with status {}": "Die Engine ist mit Status {} gescheitert",
  "There is not enough memory. Close other tabs, or use fewer images.":
    "Der Speicher reicht nicht. Schließe andere Tabs, oder nimm weniger Bilder.",
  "WebAssembly with SIMD does not run here. Use a newer browser. ({})":
    "WebAssembly mit SIMD läuft hier nicht. Benutze einen neueren Browser. ({})",
  "This browser does not support WebAssembly, or a setting forbids it. Allow WebAssembly, or use another browser.":
    "Dieser Browser unterstützt kein WebAssembly, oder eine Einstellung verbietet es. Erlaube WebAssembly, oder benutze einen anderen Browser.",
  "The engine and the page have different versions. Reload the page.":
    "Die Engine und die Seite haben verschiedene Versionen. Lade die Seite neu.",
  "The model needs images of {}x{} pixels, but drawings are rasterized to {}x{}.":
    "Das Modell braucht Bilder von {}x{} Pixeln, aber Zeichnungen werden zu {}x{} gerastert.",
  "the network has {} parameters, not {}": "Das Netz hat {} Parameter, nicht {}",
  "the images do not have the network's input size": "Die Bilder haben nicht die Eingabegröße des Netzes",

  "{}; pass [[[x, y], ...], ...], the points of each stroke":
    "{}; übergib [[[x, y], ...], ...], die Punkte jedes Strichs",
  "the drawing is not a list of strokes": "Die Zeichnung ist keine Liste von Strichen",
  "stroke {}": "Strich {}",
  "{} is not a list of points": "{} ist keine Liste von Punkten",
  "point {} of {} is not [x, y]": "Punkt {} von {} ist nicht [x, y]",
  "{} has an odd number of coordinates; pass x and y of each point":
    "{} hat eine ungerade Zahl von Koordinaten; übergib x und y jedes Punkts",
  "the drawing has more than 100,000 strokes": "Die Zeichnung hat mehr als 100.000 Striche",
  "the drawing has more than 100,000 points": "Die Zeichnung hat mehr als 100.000 Punkte",
  "the pen": "Der Stift",
  "the picture does not have height x width pixels": "Das Bild hat nicht Höhe x Breite Pixel",

  "layer {}": "Schicht {}",
  "the kernel of {}": "Der Kernel von {}",
  "the stride of {}": "Die Schrittweite (Stride) von {}",
  "the connection table of {}": "Die Verbindungstabelle von {}",
  "the pad_value of {}": "Der Füllwert (pad_value) von {}",
  "the output codes of {}": "Die Liste der Ausgabecodes von {}",
  "the height of the input": "Die Höhe der Eingabe",
  "the width of the input": "Die Breite der Eingabe",
  "{} must be a whole number, {} to {}": "{} muss eine ganze Zahl sein, {} bis {}",
  "{} must be a number, {} to {}": "{} muss eine Zahl sein, {} bis {}",
  '{} must be a list of rows of "X" and "."': "{} muss eine Liste von Zeilen aus „X“ und „.“ sein",
  "{} must be an object": "{} muss ein Objekt sein",
  "{} must be {}": "{} muss {} sein",
  "{} must have exactly one of these fields: {}": "{} muss genau eines dieser Felder haben: {}",
  "{} must have two numbers, for paper and ink": "{} muss zwei Zahlen haben, für Papier und Tinte",
  "{} has a field that is unknown to {}": "{} hat ein Feld, das {} nicht kennt",
  'the padding of {} must be "valid", or "same" with an odd kernel':
    "Das Padding von {} muss „valid“ sein, oder „same“ mit ungeradem Kernel",
  'the pad_value of {} needs padding "same"': "Der Füllwert (pad_value) von {} braucht das Padding „same“",
  'the bias of {} must be "channel" or "unit"': "Der Bias von {} muss „channel“ oder „unit“ sein",
  "each row of the connection table of {} must have {} characters":
    "Jede Zeile der Verbindungstabelle von {} muss {} Zeichen haben",
  "the connection table of {} needs a row for each input channel":
    "Die Verbindungstabelle von {} braucht eine Zeile für jeden Eingabekanal",
  "an output channel of {} has no inputs": "Ein Ausgabekanal von {} hat keine Eingaben",
  "{} needs {} output codes": "{} braucht {} Ausgabecodes",
  "the output codes of {} must have equal lengths": "Die Ausgabecodes von {} müssen gleich lang sein",
  "the output codes of {} need one character for each input":
    "Die Ausgabecodes von {} brauchen ein Zeichen für jede Eingabe",
  'the architecture must have the fields "input" and "layers" and no others':
    "Die Architektur muss die Felder „input“ und „layers“ haben und keine anderen",
  'the "input" of the architecture must be its height and width':
    "„input“ muss in der Architektur aus Höhe und Breite bestehen",
  "the architecture must have {} to {} layers": "Die Architektur muss {} bis {} Schichten haben",
  "connection tables and output codes must have at most {} entries":
    "Verbindungstabellen und Ausgabecodes dürfen höchstens {} Einträge haben",
  "the network must have {} to {} parameters": "Das Netz muss {} bis {} Parameter haben",
  "scale must be the first layer": "scale muss die erste Schicht sein",
  "resize must be the first layer, or the second after scale":
    "resize muss die erste Schicht sein, oder die zweite nach scale",
  "rbf must be the last layer": "rbf muss die letzte Schicht sein",
  "the last layer must be dense or rbf": "Die letzte Schicht muss dense oder rbf sein",
  "{} must come before the dense layers": "{} muss vor den vollverbundenen Schichten (dense) kommen",
  "{} is larger than its input": "{} ist größer als die Eingabe",

  "The model file cannot be used: {}. Copy it again, or choose another.":
    "Die Modelldatei lässt sich nicht verwenden: {}. Kopiere sie noch einmal, oder wähle eine andere.",
  "it is larger than {} MiB": "Die Datei ist größer als {} MiB",
  "it is not a safetensors file": "Sie ist keine safetensors-Datei",
  "its header is larger than {} MiB": "Ihr Header ist größer als {} MiB",
  "its header is cut short": "Ihr Header ist abgeschnitten",
  "its header is not JSON": "Ihr Header ist kein JSON",
  "it has no metadata": "Sie hat keine Metadaten",
  'its metadata lacks "{}"': "Ihren Metadaten fehlt „{}“",
  'its "{}" is not a number': "Ihr Wert „{}“ ist keine Zahl",
  "its {} is not within {} to {}": "Ihr Wert {} liegt nicht zwischen {} und {}",
  "it has PyTorch's layout; take the export of safetensors or TensorFlow.js":
    "Sie hat die Anordnung von PyTorch; nimm den Export safetensors oder TensorFlow.js",
  'its format is "{}", but this program reads "{}"': "Ihr Format ist „{}“, aber dieses Programm liest „{}“",
  "it needs rasterizer version {}, but this program has {}":
    "Sie braucht die Rasterizer-Version {}, aber dieses Programm hat {}",
  "its architecture is not JSON": "Ihre Architektur ist kein JSON",
  "it must have a different label for each of its {} outputs":
    "Sie muss für jede ihrer {} Ausgaben ein anderes Label haben",
  "its training record is not JSON": "Ihr Trainingsprotokoll ist kein JSON",
  "it contains a tensor that its architecture does not have":
    "Sie enthält einen Tensor, den ihre Architektur nicht hat",
  "its tensors overlap or leave gaps": "Ihre Tensoren überlappen sich oder lassen Lücken",
  "it contains {} bytes of weights instead of {}": "Sie enthält {} Bytes Gewichte statt {}",
  "a weight is not a finite number": "Ein Gewicht ist keine endliche Zahl",
  "tensor {} is missing": "Der Tensor {} fehlt",
  "tensor {} is not of type F32": "Der Tensor {} ist nicht vom Typ F32",
  "tensor {} must have the shape {}": "Der Tensor {} muss die Form {} haben",
  "tensor {} has no offsets": "Der Tensor {} hat keine Offsets",
  "tensor {} has wrong offsets": "Der Tensor {} hat falsche Offsets",
  "A weight is not finite. Train again with a lower learning rate.":
    "Ein Gewicht ist keine endliche Zahl. Trainiere noch einmal mit kleinerer Lernrate.",
  "The training record is too long for a model file.": "Das Trainingsprotokoll ist zu lang für eine Modelldatei.",
  "the stored file is not a model file": "Die gespeicherte Datei ist keine Modelldatei",
  "The zip archive cannot be read: {}.": "Das Zip-Archiv lässt sich nicht lesen: {}.",
  "These files are too many or too large for one model. Choose the files of one model.":
    "Das sind zu viele oder zu große Dateien für ein Modell. Wähle die Dateien eines einzigen Modells.",
  "Choose one .safetensors file, or a model.json together with its .bin files.":
    "Wähle eine .safetensors-Datei, oder eine model.json zusammen mit ihren .bin-Dateien.",

  "The TensorFlow.js model cannot be used: {}.": "Das TensorFlow.js-Modell lässt sich nicht verwenden: {}.",
  "its model.json is larger than 4 MiB": "Seine model.json ist größer als 4 MiB",
  "its model.json is not JSON": "Seine model.json ist kein JSON",
  "model.json has no modelTopology": "model.json hat keine modelTopology",
  "it is a graph model, which has no layers; convert it to a layers model":
    "Es ist ein Graph-Modell, das keine Schichten hat; wandle es in ein Layers-Modell um",
  "it has {} outputs and no labels; only 10, 26, 36, 47 and 62 outputs need none":
    "Es hat {} Ausgaben und keine Labels; nur bei 10, 26, 36, 47 und 62 Ausgaben sind keine nötig",
  "it is neither a Sequential model nor a plain chain of layers":
    "Es ist weder ein Sequential-Modell noch eine einfache Kette von Schichten",
  "it has no list of layers": "Es hat keine Liste der Schichten",
  "layer {} ({}) must have the previous layer as its only input":
    "Schicht {} ({}) muss die vorige Schicht als einzige Eingabe haben",
  "model.json has no weightsManifest": "model.json hat kein weightsManifest",
  "its weightsManifest is damaged": "Sein weightsManifest ist beschädigt",
  "its weightsManifest names no files": "Sein weightsManifest nennt keine Dateien",
  "its weightsManifest lists no weights": "Sein weightsManifest listet keine Gewichte auf",
  "its .bin files are larger than 64 MiB": "Seine .bin-Dateien sind größer als 64 MiB",
  "the .bin files hold {} bytes instead of {}": "Die .bin-Dateien enthalten {} Bytes statt {}",
  "{} is missing; choose it together with model.json": "{} fehlt; wähle die Datei zusammen mit model.json",
  "a weight has no name, or the name of another weight":
    "Ein Gewicht hat keinen Namen, oder den Namen eines anderen Gewichts",
  "the weight {}": "Das Gewicht {}",
  "{} is not of type float32": "{} ist nicht vom Typ float32",
  "{} has an invalid quantization": "{} hat eine ungültige Quantisierung",
  "{} is not stored as float32, float16, uint8 or uint16":
    "{} ist nicht als float32, float16, uint8 oder uint16 gespeichert",
  "{} has no valid scale and minimum": "{} hat keinen gültigen Faktor (scale) und kein gültiges Minimum",
  "{} has no valid shape": "{} hat keine gültige Form",
  "{} lies beyond the end of the .bin files": "{} liegt hinter dem Ende der .bin-Dateien",
  "{} contains a number that is not finite": "{} enthält eine Zahl, die nicht endlich ist",
  "it has more weights than a model file can contain": "Es hat mehr Gewichte, als eine Modelldatei enthalten kann",
  "it has weights that belong to no layer: {}": "Es hat Gewichte, die zu keiner Schicht gehören: {}",
  "its weights do not fit its layers": "Seine Gewichte passen nicht zu seinen Schichten",
  "its logits are scaled by a factor outside 0.01 to 100":
    "Seine Logits werden mit einem Faktor außerhalb von 0,01 bis 100 skaliert",
  "layer {} ({} {})": "Schicht {} ({} {})",
  "the strides of {}": "Die Schrittweite (Strides) von {}",
  "the dilation of {}": "Die Dilatation von {}",
  "the window of {}": "Das Fenster von {}",
  "{} must be equal in both directions": "{} muss in beiden Richtungen gleich sein",
  "{} has no configuration": "{} hat keine Konfiguration",
  "{} has no {} of shape {}": "{} hat kein {} der Form {}",
  "{} has no scale": "{} hat keinen Faktor (scale)",
  "{} has no valid number of filters": "{} hat keine gültige Anzahl von Filtern",
  "{} has no valid number of units": "{} hat keine gültige Anzahl von Einheiten",
  "{} has no epsilon": "{} hat kein Epsilon",
  "{} must permute three axes": "{} muss drei Achsen vertauschen",
  '{} has the data_format "channels_first"; only "channels_last" is supported':
    "{} hat das data_format „channels_first“; unterstützt wird nur „channels_last“",
  "{} is not a supported layer type; supported are {}": "{} ist kein unterstützter Schichttyp; unterstützt werden {}",
  "{} has the activation {}; supported are linear, relu, tanh, softmax":
    "{} hat die Aktivierung {}; unterstützt werden linear, relu, tanh, softmax",
  "{} is not the plain ReLU max(0, x)": "{} ist nicht die einfache ReLU max(0, x)",
  "{} has a dilation or groups, which are not supported":
    "{} hat eine Dilatation oder Gruppen, die nicht unterstützt werden",
  '{} has strides with padding "same", which pads the sides unequally':
    "{} hat eine Schrittweite mit dem Padding „same“, das die Seiten ungleich auffüllt",
  '{} has padding "same", but its window does not divide the size of its input':
    "{} hat das Padding „same“, aber sein Fenster teilt die Größe der Eingabe nicht",
  "{} must pad all sides equally": "{} muss alle Seiten gleich auffüllen",
  "{} has a kernel that does not match the padding before it": "{} hat einen Kernel, der nicht zum Padding davor passt",
  "{} follows ZeroPadding2D, which only Conv2D may follow": "{} folgt auf ZeroPadding2D, worauf nur Conv2D folgen darf",
  "{} follows a scaling with a negative factor": "{} folgt auf eine Skalierung mit negativem Faktor",
  "{} follows a scaling that cannot be folded into a layer":
    "{} folgt auf eine Skalierung, die sich in keine Schicht einrechnen lässt",
  "{} must follow a layer with weights": "{} muss auf eine Schicht mit Gewichten folgen",
  "the tanh of {} must follow a layer with weights, or average pooling":
    "Der tanh von {} muss auf eine Schicht mit Gewichten folgen, oder auf Average-Pooling",
  "{} must not follow the softmax": "{} darf nicht auf den Softmax folgen",
  "{} must come before Flatten and Dense": "{} muss vor Flatten und Dense kommen",
  "{} needs a Flatten before it": "{} braucht davor ein Flatten",
  "{} has windows that overlap or leave gaps": "{} hat Fenster, die sich überlappen oder Lücken lassen",
  "{} has windows that overlap or leave gaps, or several filters for a channel":
    "{} hat Fenster, die sich überlappen oder Lücken lassen, oder mehrere Filter je Kanal",
  "{} has different weights within a window": "{} hat verschiedene Gewichte innerhalb eines Fensters",
  "{} must flatten its input or keep its shape": "{} muss die Eingabe flachmachen oder ihre Form behalten",
  "{} has an input with permuted axes": "{} hat eine Eingabe mit vertauschten Achsen",
  "{} has an output that is not square": "{} hat eine Ausgabe, die nicht quadratisch ist",
  "{} must average the rows or the columns of the image, without bias and activation":
    "{} muss die Zeilen oder die Spalten des Bildes mitteln, ohne Bias und Aktivierung",
  "{} must average equal parts of the image": "{} muss gleich große Teile des Bildes mitteln",
  "{} must normalize the last axis": "{} muss die letzte Achse normalisieren",
  "{} may only add a bias to each unit of a convolution":
    "{} darf zu jeder Einheit einer Faltung nur einen Bias addieren",
  "{} must take images with one channel, [null, 28, 28, 1]":
    "{} muss Bilder mit einem Kanal annehmen, [null, 28, 28, 1]",

  "no file was chosen": "Es wurde keine Datei gewählt",
  "this is a test split, which is not for training; choose the training split":
    "Das ist ein Testsatz, der nicht zum Training dient; wähle den Trainingssatz",
  "choose two files together: EMNIST's images and their labels":
    "Wähle zwei Dateien zusammen: die Bilder von EMNIST und ihre Labels",
  "choose one file, or EMNIST's images and labels together":
    "Wähle eine Datei, oder Bilder und Labels von EMNIST zusammen",
  "it is neither NPZ nor IDX (EMNIST) nor JSON Lines": "Die Datei ist weder NPZ noch IDX (EMNIST) noch JSON Lines",
  "it cannot be read or unpacked": "Die Datei lässt sich nicht lesen oder entpacken",
  "its images do not have {} x {} pixels": "Die Bilder haben nicht {} x {} Pixel",
  images: "Bilder",
  labels: "Labels",
  "the file of the {} is not an IDX file of {}": "Die Datei der {} ist keine IDX-Datei der {}",
  "the file of the {} is not as long as its header says": "Die Datei der {} ist nicht so lang, wie ihr Header angibt",
  "its {} do not have {} pixels": "Die {} haben nicht {} Pixel",
  "the numbers of images and labels differ": "Es sind nicht gleich viele Bilder und Labels",
  "its labels are not 1 to 26, as in EMNIST's split Letters":
    "Die Labels sind nicht 1 bis 26, wie im Split Letters von EMNIST",
  "line {}: {}": "Zeile {}: {}",
  "not a JSON object with one drawing": "kein JSON-Objekt mit einer Zeichnung",
  "its label is not one character": "Das Label ist kein einzelnes Zeichen",
  "its label is not a letter A to Z": "Das Label ist kein Buchstabe von A bis Z",
  "its label is not a class of the network": "Das Label ist keine Klasse des Netzes",
  "its writer is not a string": "Der Schreiber (writer) ist kein String",
  "its strokes are not lists of points [x, y] or [x, y, ms]":
    "Die Striche sind keine Listen von Punkten [x, y] oder [x, y, ms]",
  "its drawing is empty": "Die Zeichnung ist leer",
  "it has more than a million drawings": "Die Datei enthält mehr als eine Million Zeichnungen",
  "all its contributors are of the test part; choose other data":
    "alle Mitwirkenden gehören zum Testteil; wähle andere Daten",
  "it has no drawings": "Die Datei enthält keine Zeichnungen",
  "at most {} letters can be stored": "Es lassen sich höchstens {} Buchstaben speichern",

  "it is not a zip archive": "Die Datei ist kein Zip-Archiv",
  "the archive is cut short or damaged": "Das Archiv ist abgeschnitten oder beschädigt",
  "{} is larger than allowed": "{} ist größer als erlaubt",
  "{} is cut short": "{} ist abgeschnitten",
  "{} is not a NumPy array": "{} ist kein NumPy-Array",
  "{} must contain bytes, integers or text in row-major order":
    "{} muss Bytes, ganze Zahlen oder Text in zeilenweiser Ordnung enthalten",
  "{} does not contain integers": "{} enthält keine ganzen Zahlen",
  "{} does not contain text": "{} enthält keinen Text",
  "it has no images.npy": "Die Datei hat kein images.npy",
  "it has no labels.npy": "Die Datei hat kein labels.npy",
  "images does not contain bytes": "images enthält keine Bytes",
  "its images and labels differ in number, or its images are not square":
    "Es sind nicht gleich viele Bilder und Labels, oder die Bilder sind nicht quadratisch",
  "a label is not within 1 to {}": "Ein Label liegt nicht zwischen 1 und {}",
  "its classes are not the letters A to Z": "Die Klassen sind nicht die Buchstaben A bis Z",
  "its classes are not those of the network": "Die Klassen sind nicht die des Netzes",

  "{} letters are too few for a validation set of a tenth; one letter must occur at least five times":
    "{} Buchstaben sind zu wenige für einen Validierungssatz von einem Zehntel; ein Buchstabe muss mindestens fünfmal vorkommen",
  "labels must be within 0 to {}": "Labels müssen zwischen 0 und {} liegen",
  "the images do not have the network's input size, or do not match the labels in number":
    "Die Bilder haben nicht die Eingabegröße des Netzes, oder ihre Zahl passt nicht zu den Labels",
  "each image needs a target for each class": "Jedes Bild braucht ein Ziel (Target) für jede Klasse",
  "no network is trained yet": "Es ist noch kein Netz trainiert",
};
