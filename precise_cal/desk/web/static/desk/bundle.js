// A published list: its form, and everything that does not hold of it, as `precise lists verify` names it.
import { digest, draw, jointSeed, leafOf, misfit } from "./drawing.js";
import { hex, includes, root, sha256, unhex } from "./merkle.js";

// What a value may be: each gives the place of what is wrong, from the value on, or null.
const test = (holds) => (value) => (holds(value) ? null : "");
const text = (most = Infinity, least = 1) =>
  test((one) => typeof one === "string" && !/\p{Surrogate}/u.test(one) && [...one].length >= least && [...one].length <= most);
const whole = (least, most = Number.MAX_SAFE_INTEGER) => test((one) => Number.isInteger(one) && one >= least && one <= most);
const DIGEST = test((one) => typeof one === "string" && /^[0-9a-f]{64}$/.test(one));
const first = (found) => found.find((one) => one !== null) ?? null;
const within = (name, wrong) => (wrong === null ? null : `/${name}${wrong}`);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const list = (of, least, most = Infinity) => (value) =>
  Array.isArray(value) && value.length >= least && value.length <= most
    ? first(value.map((one, at) => within(at, of(one))))
    : "";

function form(members, optional = []) {
  return (value) => {
    if (!isObject(value)) return "";
    const strange = Object.keys(value).find((name) => !Object.hasOwn(members, name));
    if (strange !== undefined) return `/${strange}`;
    return first(
      Object.entries(members).map(([name, of]) =>
        Object.hasOwn(value, name) ? within(name, of(value[name])) : optional.includes(name) ? null : `/${name}`,
      ),
    );
  };
}

const RATIO = (value) => {
  const arms = isObject(value) ? Object.keys(value) : [];
  if (arms.length < 2 || arms.length > 10) return "";
  return first(arms.map((arm) => within(arm, text(64)(arm) ?? whole(1, 20)(value[arm]))));
};
const KINDS = {
  permuted_blocks: form({ design: text(), ratio: RATIO, sizes: list(whole(2, 100), 1, 10) }),
  big_stick: form({ design: text(), ratio: RATIO, tolerance: whole(1, 50) }),
  simple: form({ design: text(), ratio: RATIO }),
};
const DESIGN = (value) => {
  if (!isObject(value) || !Object.hasOwn(KINDS, value.design)) return "/design";
  return KINDS[value.design](value) ?? within("", misfit(value));
};
const STRATUM = form({ name: (one) => text(200)(one) ?? test((name) => !/[\0-\x1f]/.test(name))(one), slots: whole(1, 100_000), design: DESIGN });
const SHARES = form({ statistician: DIGEST, sponsor: DIGEST });
const PLAN = (value) => {
  const wrong = form({ study: text(200), strata: list(STRATUM, 1, 10_000) })(value);
  return wrong ?? (new Set(value.strata.map((one) => one.name)).size === value.strata.length ? null : "/strata");
};
const REVEALED = form({ plan: PLAN, shares: SHARES });
const BUNDLE = form(
  {
    form: test((one) => one === "precise randomization bundle 1"),
    study: text(Infinity, 0),
    commitments: SHARES,
    public: form({ source: text(1000), value: text(1000) }),
    plan_sha256: DIGEST,
    root: DIGEST,
    strata: list(form({ name: text(200), slots: whole(1) }), 1),
    allocations: list(form({ stratum: text(Infinity, 0), number: whole(1), arm: text(Infinity, 0), salt: DIGEST, path: list(DIGEST, 0, 64) }), 0),
    revealed: (value) => (value === null ? null : REVEALED(value)),
  },
  ["revealed"],
);

const membersOf = (value) => {
  if (value === null || typeof value !== "object") return 0;
  const own = Object.values(value);
  return own.reduce((sum, one) => sum + membersOf(one), Array.isArray(value) ? 0 : own.length);
};

// The bundle in the bytes of a file, or the place in it of what is no bundle. A name that stands twice is wrong, as
// readers differ in which of both they take.
export function read(bytes) {
  let value, outside;
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(json);
    outside = json.replace(/"(?:[^"\\]|\\.)*"/g, "");
  } catch {
    return { wrong: "/" };
  }
  const isPlain = !/\d[.eE]/.test(outside) && outside.split(":").length - 1 === membersOf(value);
  const wrong = isPlain ? BUNDLE(value) : "/";
  return wrong === null ? { bundle: value } : { wrong: wrong || "/" };
}

// Within a stratum slots are opened from the first on, none twice and none left out.
function* order({ strata, allocations }) {
  const following = new Map(strata.map((one) => [one.name, 1]));
  for (const [place, { stratum, number }] of allocations.entries()) {
    const wanted = following.get(stratum);
    if (wanted === undefined) {
      yield ["stratum", { place, stratum: `'${stratum}'` }];
      continue;
    }
    if (number !== wanted) yield ["order", { place, number, stratum, wanted }];
    following.set(stratum, Math.max(wanted, number + 1));
  }
}

// Every opened slot stands in the list whose root was published.
async function* proofs({ strata, allocations, root: published }) {
  const places = new Map();
  let total = 0;
  for (const { name, slots } of strata) {
    places.set(name, { start: total, slots });
    total += slots;
  }
  for (const [place, one] of allocations.entries()) {
    const at = places.get(one.stratum);
    if (!at) continue;
    const stands =
      one.number <= at.slots &&
      (await includes(await leafOf(one), at.start + one.number - 1, total, one.path.map(unhex), published));
    if (!stands) yield ["proof", { place, number: one.number, stratum: one.stratum, arm: one.arm }];
  }
}

// Plan and shares are those that were committed to, and make the same list again.
async function* madeAgain(bundle) {
  const { plan, shares } = bundle.revealed;
  for (const who of ["statistician", "sponsor"]) {
    if (hex(await sha256(unhex(shares[who]))) !== bundle.commitments[who]) yield ["share", { who }];
  }
  if ((await digest(plan)) !== bundle.plan_sha256) yield ["plan", {}];
  const sizes = (strata) => JSON.stringify(strata.map((one) => [one.name, one.slots]));
  if (sizes(plan.strata) !== sizes(bundle.strata)) yield ["strata", {}];
  const slots = await draw(plan, await jointSeed(unhex(shares.statistician), unhex(shares.sponsor), bundle.public.value));
  if (hex(await root(await Promise.all(slots.map(leafOf)))) !== bundle.root) yield ["list", {}];
  const arms = new Map(slots.map((one) => [JSON.stringify([one.stratum, one.number]), one.arm]));
  for (const [place, { stratum, number, arm }] of bundle.allocations.entries()) {
    const made = arms.get(JSON.stringify([stratum, number]));
    if (made !== arm) yield ["arm", { place, number, stratum, made: made ?? "None", arm }];
  }
}

// Everything that does not hold, each as the name of its sentence and what stands in it.
export async function* faults(bundle) {
  yield* order(bundle);
  yield* proofs(bundle);
  if (bundle.revealed) yield* madeAgain(bundle);
}
