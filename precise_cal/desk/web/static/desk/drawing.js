// A list made again from plan and seed, as docs/randomization.md describes it, with the browser's own SHA-256 and HMAC.
import { hex, leaf, sha256 } from "./merkle.js";

const utf8 = new TextEncoder();
const WORDS = 2 ** 32;
const BLOCKS = 64; // made at a time

// Canonical JSON (RFC 8785): members by their UTF-16 code units.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

export const digest = async (value) => hex(await sha256(utf8.encode(canonical(value))));
export const jointSeed = (statistician, sponsor, value) => sha256(statistician, sponsor, utf8.encode(value));

// Random bytes that seed, purpose and stratum determine: HMAC-SHA256 in counter mode.
class Stream {
  constructor(key, purpose, stratum) {
    this.key = key;
    this.label = utf8.encode(`precise randomization 1\0${purpose}\0${stratum}\0`);
    this.next = 0;
    this.left = new Uint8Array();
  }

  async block(number) {
    const message = new Uint8Array(this.label.length + 8);
    message.set(this.label);
    new DataView(message.buffer).setBigUint64(this.label.length, BigInt(number));
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.key, message));
  }

  async take(count) {
    if (this.left.length < count) {
      const made = await Promise.all(Array.from({ length: BLOCKS }, (_, at) => this.block(this.next + at)));
      this.next += BLOCKS;
      const joined = new Uint8Array(this.left.length + 32 * BLOCKS);
      joined.set(this.left);
      made.forEach((one, at) => joined.set(one, this.left.length + 32 * at));
      this.left = joined;
    }
    const taken = this.left.slice(0, count);
    this.left = this.left.subarray(count);
    return taken;
  }

  // A number from 0 to bound - 1; words that would favor some are passed over.
  async below(bound) {
    const fair = WORDS - (WORDS % bound);
    for (;;) {
      const word = new DataView((await this.take(4)).buffer).getUint32(0);
      if (word < fair) return word % bound;
    }
  }

  async shuffled(items) {
    const mixed = [...items];
    for (let last = mixed.length - 1; last > 0; last -= 1) {
      const other = await this.below(last + 1);
      [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
    }
    return mixed;
  }
}

// Texts by their code points, as Python sorts them: UTF-16 has another order beyond U+FFFF.
function byCodePoints(left, right) {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((one, index) => one !== b[index]);
  if (at < 0) return a.length - b.length;
  return at < b.length ? a[at].codePointAt(0) - b[at].codePointAt(0) : 1;
}

// The smallest group of slots that has every arm by its share.
const unitOf = (ratio) => Object.keys(ratio).sort(byCodePoints).flatMap((arm) => Array(ratio[arm]).fill(arm));

const DESIGNS = {
  async permuted_blocks(design, unit, stream, length) {
    const arms = [];
    while (arms.length < length) {
      const size = design.sizes[await stream.below(design.sizes.length)];
      arms.push(...(await stream.shuffled(Array(size / unit.length).fill(unit).flat())));
    }
    return arms.slice(0, length);
  },
  async big_stick(design, [first, second], stream, length) {
    const arms = [];
    for (let ahead = 0; arms.length < length; ) {
      const isFirst = Math.abs(ahead) === design.tolerance ? ahead < 0 : (await stream.below(2)) === 0;
      ahead += isFirst ? 1 : -1;
      arms.push(isFirst ? first : second);
    }
    return arms;
  },
  async simple(_, unit, stream, length) {
    const arms = [];
    while (arms.length < length) arms.push(unit[await stream.below(unit.length)]);
    return arms;
  },
};

// Why a design is none; nothing where it is one.
export function misfit({ design, ratio, sizes }) {
  const unit = unitOf(ratio);
  if (design === "permuted_blocks") return sizes.findIndex((size) => size % unit.length) < 0 ? null : "sizes";
  if (design === "big_stick" && (unit.length !== 2 || unit[0] === unit[1])) return "ratio";
  return null;
}

export const leafOf = ({ salt, stratum, number, arm }) => leaf(canonical([salt, stratum, number, arm]));

// Every slot of the list, stratum after stratum in the order of the plan.
export async function draw(plan, seed) {
  const key = await crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const slots = [];
  for (const { name, slots: count, design } of plan.strata) {
    const salts = new Stream(key, "salts", name);
    const arms = await DESIGNS[design.design](design, unitOf(design.ratio), new Stream(key, "arms", name), count);
    for (const [at, arm] of arms.entries()) {
      slots.push({ stratum: name, number: at + 1, arm, salt: hex(await salts.take(32)) });
    }
  }
  return slots;
}
