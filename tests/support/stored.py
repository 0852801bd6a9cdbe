"""Write records into the database of the page on the device, without the page."""

from __future__ import annotations

PUT = """([place, values, keys]) => new Promise((resolve, reject) => {
  const request = indexedDB.open("lenet", 1);
  request.onerror = reject;
  request.onupgradeneeded = () => {
    for (const name of ["letters", "networks"]) {
      request.result.createObjectStore(name, { autoIncrement: true });
    }
  };
  request.onsuccess = () => {
    const transaction = request.result.transaction(place, "readwrite");
    values.forEach((value, i) => {
      if (value.file) value.file = new Uint8Array(value.file).buffer;
      transaction.objectStore(place).put(value, keys[i]);
    });
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})"""
