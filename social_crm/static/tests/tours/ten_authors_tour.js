import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

// How long a person takes: to read silently (Brysbaert 2019: 238 words a minute), and
// to make up their mind before a key (Card, Moran, Newell 1980: 1.35 s).
const WORD = 60 / 238;
const DECISION = 1.35;
const MOST = 120;
// Tests do not wait: what is left of each pause is in the address.
const PACE = Number(new URLSearchParams(browser.location.search).get("pace") || 0);

const texts = (root, selector) =>
    [...root.querySelectorAll(selector)].map((el) => el.textContent.trim());
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** What a person sees; nothing is known here but the words on the screen. */
function look() {
    const profile = document.querySelector(".o_social_who_profile");
    if (!profile) {
        return null;
    }
    const cards = [...document.querySelectorAll(".o_social_match")].map((card) => ({
        badge: texts(card, ".badge")[0],
        against: texts(card, "li:has([aria-label='Against it'])"),
        words: texts(card, "h3, li").join(" "),
    }));
    return {
        who: texts(profile, "bdi").join(" "),
        says: texts(profile, "p").join(" "),
        cards,
    };
}

function wordsOf({who, says, cards}) {
    const all = [who, says, ...cards.map(({words}) => words)].join(" ");
    return all.split(/\s+/).filter(Boolean).length;
}

/** The key that a careful person presses. */
function decide({says, cards}) {
    const likely = cards.filter(({badge}) => badge === "Very likely");
    if (likely.length === 1 && !likely[0].against.length) {
        return String(cards.indexOf(likely[0]) + 1);
    }
    if (/\bfans?\b/i.test(says)) {
        return "x";
    }
    const [card, second] = cards;
    if (!second && card.against.some((reason) => !reason.startsWith("Nothing but"))) {
        return "x";
    }
    return "j";
}

/** Resolves when another profile than that of ``who`` is there, or none. */
async function other(who) {
    for (let n = 0; n < 200 && look()?.who === who; n++) {
        await wait(0.02);
    }
    if (look()?.who === who) {
        throw new Error(`The screen stays with ${who}`);
    }
}

/** What was done so far, and how long it took. */
const round = {start: 0, spared: 0, keys: []};

/** Who reads and decides by keyboard; nothing if nobody is left or all others wait. */
async function settleOne(actions) {
    const seen = look();
    if (!seen) {
        return;
    }
    round.start ||= performance.now();
    const {who} = seen;
    const pause = wordsOf(seen) * WORD + DECISION;
    round.spared += pause * (1 - PACE);
    await wait(pause * PACE);
    const key = decide(seen);
    round.keys.push(key);
    browser.console.log(`${who}: ${key} after ${pause.toFixed(1)} s`);
    await actions.press(key);
    await other(who);
}

function count() {
    const {start, spared, keys} = round;
    const seconds = (performance.now() - start) / 1000 + spared;
    const settled = keys.filter((key) => key !== "j").length;
    browser.console.log(
        `${settled} settled, ${keys.length} looked at, in ${seconds.toFixed(1)} s`
    );
    if (settled < 10 || seconds > MOST) {
        throw new Error(`${settled} settled in ${seconds} s: ${keys}`);
    }
}

/** Ten unknown authors, and some of whom the screen does not say who they are. */
registry.category("web_tour.tours").add("social_crm_ten_authors", {
    steps: () => [
        {
            trigger: ".o_social_who_profile",
        },
        ...Array.from({length: 20}, () => ({
            content: "Somebody is settled by what the screen says, or put off",
            trigger: ".o_social_who_profile, .o_social_nobody",
            // Milliseconds, of which most are for reading.
            timeout: 30000,
            run: settleOne,
        })),
        {
            content: "Ten and more, in less than two minutes",
            trigger: ".o_social_nobody",
            run: count,
        },
        {
            content: "Who was put off may be looked at again",
            trigger: ".o_social_nobody button[name=again]",
            run: "click",
        },
        {
            trigger: ".o_social_who_profile",
        },
    ],
});

/** A wrong link is noticed at once: one click. */
registry.category("web_tour.tours").add("social_crm_wrong_link_undone", {
    steps: () => [
        {
            trigger: ".o_social_who_profile",
            async run(actions) {
                for (let {who, says} = look(); !says.includes("fans"); ) {
                    await actions.press("j");
                    await other(who);
                    ({who, says} = look());
                }
            },
        },
        {
            trigger: ".o_social_who_profile:contains(Compte de fans)",
            run: "press 1",
        },
        {
            trigger:
                ".o_notification:contains(Yann Perrin is Yann Perrin) .o_notification_buttons button",
            run: "click",
        },
        {
            content: "The fan is asked about again",
            trigger: ".o_social_who_profile:contains(Compte de fans)",
        },
    ],
});

/** A wrong link is noticed later, on the profile: two clicks. */
registry.category("web_tour.tours").add("social_crm_wrong_link_taken_off", {
    steps: () => [
        {
            content: "First click",
            trigger: "button[name=action_unlink_partner]",
            run: "click",
        },
        {
            content: "Second click",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            trigger: "button[name=action_who]",
        },
    ],
});
