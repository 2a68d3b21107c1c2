// The Merkle tree of RFC 6962 with the browser's own SHA-256.
const utf8 = new TextEncoder();

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const base64 = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

export async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    joined.set(one, at);
    at += one.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

export const leaf = (text) => sha256(Uint8Array.of(0), utf8.encode(text));
const node = (left, right) => sha256(Uint8Array.of(1), left, right);

// The root over leaf hashes: whole subtrees from the left, as wide as powers of two allow.
export async function root(leaves) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  const whole = [];
  for (const one of leaves) {
    whole.push({ width: 1, hash: one });
    while (whole.length > 1 && whole.at(-1).width === whole.at(-2).width) {
      const right = whole.pop();
      const left = whole.pop();
      whole.push({ width: left.width * 2, hash: await node(left.hash, right.hash) });
    }
  }
  let found = whole.pop().hash;
  while (whole.length) found = await node(whole.pop().hash, found);
  return found;
}

// Whether a leaf stands at an index of the tree with this size and root (RFC 9162, 2.1.3.2).
export async function includes(hash, index, size, path, wanted) {
  let at = index;
  let last = size - 1;
  let found = hash;
  for (const step of path) {
    if (last === 0) return false;
    if (at % 2 || at === last) {
      found = await node(step, found);
      while (at % 2 === 0 && at) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      found = await node(found, step);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hex(found) === wanted;
}
