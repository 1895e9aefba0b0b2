// Solves an ALTCHA challenge (second protocol, PBKDF2) and sends the form that it stands in.
// Without JavaScript, or on a page without https, the sentence stays that says what to do.
"use strict";

(async () => {
  const box = document.querySelector("[data-challenge]");
  const form = box && box.closest("form");
  if (!form || !window.crypto || !window.crypto.subtle) return;

  const challenge = JSON.parse(box.dataset.challenge);
  const { cost, keyLength, keyPrefix, nonce, salt } = challenge.parameters;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) =>
    Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const derive = async (counter) => {
    const start = bytes(nonce);
    const password = new Uint8Array(start.length + 4);
    password.set(start);
    new DataView(password.buffer).setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
    return hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
  };

  const sentence = box.querySelector("[data-working]");
  const otherwise = sentence.textContent;
  sentence.textContent = sentence.dataset.working;
  // More than a challenge of ours ever needs.
  for (let counter = 0; counter < 2000; counter += 1) {
    const derivedKey = await derive(counter);
    if (derivedKey.startsWith(keyPrefix)) {
      form.elements.altcha.value = btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
      form.requestSubmit();
      return;
    }
  }
  sentence.textContent = otherwise;
})();
