import {beforeEach, describe, destroy, expect, test} from "@odoo/hoot";
import {edit, press, queryAll, queryAllTexts, queryFirst, scroll} from "@odoo/hoot-dom";
import {advanceTime, animationFrame, Deferred, mockDate} from "@odoo/hoot-mock";
import {
    startBusService,
    waitForChannels,
    waitNotifications,
} from "@bus/../tests/bus_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    MockServer,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import {NEWS_DELAY} from "@social_crm/social_timeline/social_timeline";

describe.current.tags("desktop");

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    partner_id = fields.Many2one({relation: "res.partner"});

    _records = [
        {id: 1, name: "Ten chairs", partner_id: serverState.partnerId},
        {id: 2, name: "A desk"},
    ];
}

defineMailModels();
defineModels([Lead]);

const NETWORKS = [
    {code: "mastodon", label: "Mastodon", icon: "fa-bullhorn"},
    {code: "bluesky", label: "Bluesky", icon: "fa-cloud"},
];

/** What the timeline watches: `sight(true)` brings its end in sight. */
let observer;

beforeEach(() => {
    observer = null;
    patchWithCleanup(window, {
        IntersectionObserver: class {
            constructor(callback, options) {
                observer = this;
                this.sight = (isIntersecting) => callback([{isIntersecting}]);
                this.options = options;
            }
            observe(el) {
                this.el = el;
            }
            disconnect() {}
        },
    });
});

/** An item as the server sends it; a higher id is a minute younger. */
function item(id, values = {}) {
    const minutes = 10 * 60 + id;
    const time = [Math.floor(minutes / 60), minutes % 60]
        .map((part) => String(part).padStart(2, "0"))
        .join(":");
    return {
        id,
        kind: "post",
        direction: "in",
        network: "mastodon",
        network_label: "Mastodon",
        network_icon: "fa-bullhorn",
        visibility: "public",
        title: "",
        text: `text ${id}`,
        url: `https://social.test/${id}`,
        published_at: `2026-03-01 ${time}:00`,
        edited_at: false,
        deleted: false,
        mood: false,
        rating: false,
        metrics: {},
        place: "",
        language: "en",
        author: {
            id: 7,
            name: "Ada Lovelace",
            handle: "@ada",
            url: "https://social.test/@ada",
            avatar_url: false,
            is_bot: false,
        },
        partner: false,
        conversation_id: 5,
        thread_count: 0,
        media: [],
        ...values,
    };
}

const range = (from, to) => [...Array(from - to + 1).keys()].map((n) => item(from - n));

/** Answer `social_timeline` with what `answer(kwargs)` returns; collects the calls. */
function onTimeline(answer, model = "crm.lead") {
    const calls = [];
    onRpc(model, "social_timeline", async ({args, kwargs}) => {
        const {cursor, limit, filters} = kwargs;
        calls.push({ids: args[0], cursor, limit, filters});
        return {
            cursor: false,
            networks: NETWORKS,
            total: false,
            ...(await answer(kwargs)),
        };
    });
    return calls;
}

async function mountTimeline(resId = 1, resModel = "crm.lead") {
    const view = await mountView({
        type: "form",
        resModel,
        resId,
        arch: `<form><field name="name"/>${
            resModel === "crm.lead" ? `<field name="partner_id"/>` : ""
        }<widget name="social_timeline"/></form>`,
    });
    await animationFrame();
    return view;
}

async function mountItems(...items) {
    onTimeline(() => ({items}));
    await mountTimeline();
}

/** Let the server announce mentions on a channel that the user listens to. */
async function send(...payloads) {
    getService("bus_service").addChannel("social");
    await startBusService();
    await waitForChannels(["social"]);
    for (const payload of payloads) {
        MockServer.env["bus.bus"]._sendone("social", "social_crm.mentions", payload);
    }
    await waitNotifications(...payloads.map((sent) => ["social_crm.mentions", sent]));
}

async function notify(...payloads) {
    await send(...payloads);
    await advanceTime(NEWS_DELAY + 100);
    await animationFrame();
}

const ROW = ".o_social_feed > .o_social_mention";
const texts = () => queryAllTexts(`${ROW} .o_social_text`);

test("a row tells who said what, where, when and in which mood", async () => {
    mockDate("2026-03-01 12:00:00", 0);
    await mountItems(
        item(1, {
            kind: "review",
            title: "Late again",
            mood: "negative",
            rating: 2.5,
            metrics: {likes: 1200, replies: 0},
            place: "Gent",
            partner: {id: 99, display_name: "Ada (Engines Ltd)"},
            edited_at: "2026-03-01 11:00:00",
        })
    );
    expect(`${ROW} .o_social_author`).toHaveText("Ada Lovelace");
    expect(`${ROW} .o_social_author`).toHaveAttribute(
        "href",
        "/odoo/social.crm.identity/7"
    );
    expect(`${ROW} .o_social_handle`).toHaveText("@ada");
    expect(`${ROW} .o_social_initials`).toHaveText("AL");
    expect(`${ROW} .o_social_network .visually-hidden`).toHaveText("Mastodon");
    expect(`${ROW} .o_social_kind`).toHaveText("Review");
    expect(`${ROW} time`).toHaveText("1 hour ago");
    expect(`${ROW} time`).toHaveAttribute("title", /03\/01\/2026 10:01/);
    expect(`${ROW} .o_social_mood`).toHaveText("Mood:\nUnhappy");
    expect(ROW).toHaveClass("o_social_bar_negative");
    expect(`${ROW} .o_social_stars`).toHaveAttribute(
        "aria-label",
        "2.5 out of 5 stars"
    );
    expect(`${ROW} .o_social_stars .fa-star`).toHaveCount(2);
    expect(`${ROW} .o_social_stars .fa-star-half-o`).toHaveCount(1);
    expect(`${ROW} .o_social_title`).toHaveText("Late again");
    expect(`${ROW} .o_social_metric`).toHaveText("1.2k");
    expect(`${ROW} .o_social_place`).toHaveText("Gent");
    expect(`${ROW} .o_social_partner`).toHaveText("Ada (Engines Ltd)");
    expect(`${ROW} .o_social_edited`).toHaveAttribute("title", /Edited on .*11:00/);
    expect(`${ROW} .o_social_original`).toHaveText("Open on Mastodon");
    expect(`${ROW} .o_social_private`).toHaveCount(0);
});

test("whatever a network sends is text", async () => {
    const hostile = `<b>bold</b><img src=x onerror="window.hacked = 1">`;
    await mountItems(
        item(1, {
            text: hostile,
            title: hostile,
            place: hostile,
            url: "javascript:alert(1)",
            language: `x"onload=`,
            author: {
                id: 7,
                name: hostile,
                handle: `@${hostile}`,
                avatar_url: "https://evil.test/a",
            },
            partner: {id: 99, display_name: hostile},
            media: [
                {
                    kind: "image",
                    alt: hostile,
                    title: hostile,
                    thumbnail_url: "https://evil.test/x.png",
                    url: "data:text/html,x",
                },
            ],
        })
    );
    for (const part of [
        "text",
        "title",
        "author",
        "handle",
        "place",
        "partner",
        "medium",
    ]) {
        expect(`${ROW} .o_social_${part}`).toHaveText(
            part === "handle" ? `@${hostile}` : hostile
        );
    }
    expect(`${ROW} b, ${ROW} img`).toHaveCount(0);
    expect(`${ROW} .o_social_original, ${ROW} .o_social_medium[href]`).toHaveCount(0);
    expect(`${ROW} .o_social_text[lang]`).toHaveCount(0);
    expect(window.hacked).toBe(undefined);
});

test("links to the original open apart and give nothing away", async () => {
    await mountItems(item(1));
    expect(`${ROW} .o_social_original`).toHaveAttribute(
        "href",
        "https://social.test/1"
    );
    expect(`${ROW} .o_social_original`).toHaveAttribute("target", "_blank");
    expect(`${ROW} .o_social_original`).toHaveAttribute(
        "rel",
        "noopener noreferrer nofollow"
    );
});

test("every direction of writing keeps to its own", async () => {
    await mountItems(item(1, {text: "שלום 123", language: "he"}));
    expect(`${ROW} .o_social_text`).toHaveAttribute("dir", "auto");
    expect(`${ROW} .o_social_text`).toHaveAttribute("lang", "he");
    expect(`${ROW} bdi.o_social_handle`).toHaveCount(1);
    expect(`${ROW} .o_social_author bdi`).toHaveCount(1);
});

test("a long text unfolds and folds", async () => {
    const text = "Where is my order? ".repeat(500).trim();
    await mountItems(item(1, {text}));
    expect(queryFirst(`${ROW} .o_social_text`).textContent.length).toBeLessThan(430);
    expect(`${ROW} .o_social_more`).toHaveAttribute("aria-expanded", "false");
    await contains(`${ROW} .o_social_more`).click();
    expect(queryFirst(`${ROW} .o_social_text`).textContent).toBe(text);
    expect(`${ROW} .o_social_more`).toHaveText("Show less");
    await contains(`${ROW} .o_social_more`).click();
    expect(queryFirst(`${ROW} .o_social_text`).textContent.endsWith("…")).toBe(true);
});

test("private ones, ours and deleted ones are marked", async () => {
    await mountItems(
        item(3, {visibility: "private", kind: "message"}),
        item(2, {direction: "out", kind: "comment"}),
        item(1, {deleted: true, text: "", metrics: {likes: 3}})
    );
    const [message, ours, deleted] = queryAll(ROW);
    expect(message.querySelector(".o_social_private")).toHaveText("Private");
    expect(ours).toHaveClass("o_social_ours");
    expect(ours.querySelector(".o_social_kind")).toHaveText("Our answer");
    expect(deleted.querySelector(".o_social_tombstone")).toHaveText(
        "Deleted by its author"
    );
    for (const part of ["text", "metric", "original"]) {
        expect(deleted.querySelector(`.o_social_${part}`)).toBe(null);
    }
    expect(`${ROW} .o_social_private`).toHaveCount(1);
});

test("pictures come lazily through our proxy and give way to their words", async () => {
    // A picture that is not there, without a request that the test suite would refuse.
    patchWithCleanup(HTMLImageElement.prototype, {
        setAttribute(name, value) {
            super.setAttribute(name === "src" ? "data-src" : name, value);
        },
    });
    await mountItems(
        item(1, {
            author: {
                id: 7,
                name: "Ada",
                handle: "@ada",
                avatar_url: "/social_crm/avatar/7?v=1",
            },
            media: [
                {
                    kind: "image",
                    alt: "A broken chair",
                    title: "",
                    thumbnail_url: "/social_crm/media/1/0",
                    url: "https://social.test/chair.jpg",
                },
                {kind: "audio", alt: "", title: "", thumbnail_url: false, url: ""},
            ],
        })
    );
    const picture = queryFirst(`${ROW} .o_social_medium img`);
    expect(picture).toHaveAttribute("data-src", "/social_crm/media/1/0");
    expect(picture).toHaveAttribute("alt", "A broken chair");
    expect(picture).toHaveAttribute("loading", "lazy");
    expect(queryAllTexts(`${ROW} .o_social_medium`)).toEqual(["", "Audio"]);
    picture.dispatchEvent(new Event("error"));
    queryFirst(`${ROW} .o_social_avatar img`).dispatchEvent(new Event("error"));
    await animationFrame();
    expect(`${ROW} img`).toHaveCount(0);
    expect(queryAllTexts(`${ROW} .o_social_medium`)).toEqual([
        "A broken chair",
        "Audio",
    ]);
    expect(`${ROW} .o_social_initials`).toHaveText("A");
});

test("older pages come by key, once, until the end", async () => {
    const calls = onTimeline(({cursor}) =>
        cursor
            ? {items: [item(31), item(30)], cursor: false}
            : {items: range(60, 31), cursor: "c31"}
    );
    await mountTimeline();
    expect(ROW).toHaveCount(30);
    expect(`${ROW}:last`).toHaveAttribute("aria-posinset", "30");
    expect(`${ROW}:last`).toHaveAttribute("aria-setsize", "-1");
    await contains(".o_social_older").click();
    await animationFrame();
    expect(ROW).toHaveCount(31);
    expect(`${ROW}:last`).toHaveAttribute("aria-setsize", "31");
    expect(".o_social_older").toHaveCount(0);
    expect(calls).toEqual([
        {ids: [1], cursor: null, limit: 30, filters: {}},
        {ids: [1], cursor: "c31", limit: 30, filters: {}},
    ]);
});

test("the end in sight loads what is older by itself, once", async () => {
    const older = new Deferred();
    const calls = onTimeline(async ({cursor}) => {
        if (!cursor) {
            return {items: range(60, 31), cursor: "c31"};
        }
        await older;
        return {items: range(30, 1), cursor: false};
    });
    await mountTimeline();
    expect(observer.el).toHaveClass("o_social_end");
    expect(observer.options.root).toHaveClass("o_social_scroll");
    observer.sight(false);
    expect(calls).toHaveLength(1);
    observer.sight(true);
    observer.sight(true);
    await animationFrame();
    expect(".o_social_older").toHaveProperty("disabled", true);
    older.resolve();
    await animationFrame();
    expect(ROW).toHaveCount(60);
    expect(calls).toHaveLength(2);
});

test("filters go to the server, are shown, and can be taken away", async () => {
    mockDate("2026-03-31 12:00:00", 0);
    const calls = onTimeline(({filters}) => ({
        items: filters.moods ? [item(2)] : [item(2), item(1)],
    }));
    await mountTimeline();
    const last = () => calls.at(-1).filters;

    await contains(".o_social_filter_moods").click();
    await contains(".o-dropdown-item:contains(Unhappy)").click();
    expect(last()).toEqual({moods: ["negative"]});
    expect(".o-dropdown-item:contains(Unhappy)").toHaveClass("selected");
    expect(".o-dropdown-item:contains(Unhappy)").toHaveAttribute(
        "aria-checked",
        "true"
    );
    expect(texts()).toEqual(["text 2"]);
    await contains(".o-dropdown-item:contains(Neutral)").click();
    expect(last()).toEqual({moods: ["negative", "neutral"]});
    await contains(".o_social_filter_networks").click();
    await contains(".o-dropdown-item:contains(Bluesky)").click();
    await contains(".o_social_filter_kinds").click();
    await contains(".o-dropdown-item:contains(Review)").click();
    await contains(".o_social_filter_time").click();
    await contains(".o-dropdown-item:contains(Last 30 days)").click();
    expect(last()).toEqual({
        networks: ["bluesky"],
        kinds: ["review"],
        moods: ["negative", "neutral"],
        since: "2026-03-01",
    });
    expect(queryAllTexts(".o_social_chip")).toEqual([
        "Network:Bluesky",
        "Kind:Review",
        "Mood:Unhappy",
        "Mood:Neutral",
        "Time:Last 30 days",
    ]);
    await contains(".o_social_chip:contains(Unhappy) button").click();
    expect(last().moods).toEqual(["neutral"]);
    await contains(".o_social_clear").click();
    expect(last()).toEqual({});
    expect(texts()).toEqual(["text 2", "text 1"]);
    expect(".o_social_chip").toHaveCount(0);
});

test("a span of days can be typed", async () => {
    const calls = onTimeline(() => ({items: [item(1)]}));
    await mountTimeline();
    await contains(".o_social_filter_time").click();
    for (const [name, day] of [
        ["since", "2026-01-05"],
        ["until", "2026-01-31"],
    ]) {
        const input = queryFirst(`.o_social_${name}`);
        input.value = day;
        input.dispatchEvent(new Event("change"));
        await animationFrame();
    }
    expect(calls.at(-1).filters).toEqual({since: "2026-01-05", until: "2026-01-31"});
    expect(".o_social_chip").toHaveText(
        /Jan.* 5.* to Jan.* 31|01\/05\/2026 to 01\/31\/2026/
    );
});

test("words are searched when typing rests, and at once by Enter", async () => {
    const calls = onTimeline(({filters}) => ({items: filters.text ? [] : [item(1)]}));
    await mountTimeline();
    await contains(".o_social_search input").click();
    await edit("late");
    await advanceTime(200);
    expect(calls).toHaveLength(1);
    await advanceTime(200);
    await animationFrame();
    expect(calls.at(-1).filters).toEqual({text: "late"});
    expect(".o_social_empty").toHaveText(/No mention fits these filters/);
    await edit("  chair ");
    await press("Enter");
    await animationFrame();
    expect(calls.at(-1).filters).toEqual({text: "chair"});
    await advanceTime(1000);
    expect(calls).toHaveLength(3);
    await contains(".o_social_empty button").click();
    expect(".o_social_search input").toHaveValue("");
    expect(texts()).toEqual(["text 1"]);
});

test("an answer that comes too late is dropped", async () => {
    const slow = new Deferred();
    onTimeline(async ({filters}) => {
        if (filters.text === "slow") {
            await slow;
            return {items: [item(1)]};
        }
        return {items: [item(2)]};
    });
    await mountTimeline();
    await contains(".o_social_search input").click();
    await edit("slow");
    await press("Enter");
    await edit("fast");
    await press("Enter");
    await animationFrame();
    slow.resolve();
    await animationFrame();
    expect(texts()).toEqual(["text 2"]);
});

test("a conversation unfolds on demand, oldest first, and folds", async () => {
    onRpc("social.crm.mention", "social_thread", ({args}) => {
        expect.step(`thread of ${args[0]}`);
        return [item(1), item(2), item(3, {direction: "out"})];
    });
    await mountItems(item(2, {thread_count: 2}));
    expect(".o_social_show_thread").toHaveText("Show conversation (3)");
    expect.verifySteps([]);
    await contains(".o_social_show_thread").click();
    await animationFrame();
    expect.verifySteps(["thread of 2"]);
    expect(queryAllTexts(".o_social_thread .o_social_text")).toEqual([
        "text 1",
        "text 2",
        "text 3",
    ]);
    expect(".o_social_thread [aria-current=true] .o_social_text").toHaveText("text 2");
    expect(".o_social_thread .o_social_ours").toHaveCount(1);
    expect(".o_social_thread .o_social_show_thread").toHaveCount(0);
    expect(".o_social_show_thread").toHaveAttribute("aria-expanded", "true");
    await contains(".o_social_show_thread").click();
    expect(".o_social_thread").toHaveCount(0);
});

test("a conversation that cannot be had says so and can be asked again", async () => {
    let failing = true;
    onRpc("social.crm.mention", "social_thread", () => {
        if (failing) {
            throw makeServerError({type: "UserError", message: "Not for you."});
        }
        return [item(1), item(2)];
    });
    await mountItems(item(2, {thread_count: 1}));
    await contains(".o_social_show_thread").click();
    await animationFrame();
    expect(".o_social_thread [role=alert]").toHaveText(/Not for you\./);
    failing = false;
    await contains(".o_social_thread button:contains(Retry)").click();
    await animationFrame();
    expect(".o_social_thread [role=alert]").toHaveCount(0);
    expect(".o_social_thread .o_social_row").toHaveCount(2);
});

test("news come by the bus: on top, or announced when the reader is below", async () => {
    let newest = 40;
    const calls = onTimeline(({cursor}) =>
        cursor
            ? {items: range(10, 1)}
            : {items: range(newest, newest - 29), cursor: "c"}
    );
    await mountTimeline();

    newest = 42;
    await notify({
        partner_ids: [],
        lead_ids: [2],
        ticket_ids: [1],
        conversation_ids: [],
    });
    expect(calls).toHaveLength(1);
    await notify({
        partner_ids: [],
        lead_ids: [1],
        ticket_ids: [],
        conversation_ids: [],
    });
    expect(calls).toHaveLength(2);
    expect(texts()[0]).toBe("text 42");
    expect(ROW).toHaveCount(32);
    expect(".o_social_news").toHaveCount(0);

    await scroll(".o_social_scroll", {y: 500});
    const top = queryFirst(".o_social_scroll").scrollTop;
    expect(top).toBeGreaterThan(100);
    newest = 45;
    await notify({partner_ids: [serverState.partnerId], lead_ids: [], ticket_ids: []});
    expect(".o_social_news").toHaveText("3 new");
    expect(texts()[0]).toBe("text 42");
    expect(queryFirst(".o_social_scroll").scrollTop).toBe(top);
    await contains(".o_social_news button").click();
    await animationFrame();
    expect(texts().slice(0, 4)).toEqual(["text 45", "text 44", "text 43", "text 42"]);
    expect(queryFirst(".o_social_scroll").scrollTop).toBe(0);
    expect(`${ROW}:first`).toBeFocused();
    expect(".o_social_news").toHaveCount(0);
});

test("several notifications are one question; a deletion shows at once", async () => {
    let items = [item(2), item(1)];
    const calls = onTimeline(() => ({items}));
    await mountTimeline();
    items = [item(2, {deleted: true, text: ""}), item(1, {text: "edited"})];
    await notify(...Array(5).fill({lead_ids: [1]}));
    expect(calls).toHaveLength(2);
    expect(".o_social_tombstone").toHaveCount(1);
    expect(texts()).toEqual(["edited"]);
});

test("news that cannot be had leave what is shown", async () => {
    let failing = false;
    onTimeline(() => {
        if (failing) {
            throw makeServerError({type: "UserError", message: "Busy."});
        }
        return {items: [item(1)]};
    });
    await mountTimeline();
    failing = true;
    await notify({lead_ids: [1]});
    expect(texts()).toEqual(["text 1"]);
    expect(".o_social_error").toHaveCount(0);
});

test("an error is said in words, with a way to try again", async () => {
    let failing = true;
    onTimeline(({cursor}) => {
        if (failing) {
            throw makeServerError({
                type: "AccessError",
                message: "Ask your administrator.",
            });
        }
        return cursor ? {items: [item(1)]} : {items: [item(2)], cursor: "c"};
    });
    await mountTimeline();
    expect(".o_social_error").toHaveText(/Ask your administrator\./);
    expect(".o_social_empty").toHaveCount(0);
    failing = false;
    await contains(".o_social_error button").click();
    await animationFrame();
    expect(".o_social_error").toHaveCount(0);
    expect(texts()).toEqual(["text 2"]);

    failing = true;
    await contains(".o_social_older").click();
    await animationFrame();
    expect(".o_social_error").toHaveCount(1);
    expect(texts()).toEqual(["text 2"]);
    failing = false;
    // After an error only the reader asks again.
    observer.sight(true);
    await animationFrame();
    expect(texts()).toEqual(["text 2"]);
    await contains(".o_social_error button").click();
    await animationFrame();
    expect(texts()).toEqual(["text 2", "text 1"]);
});

test("an error of the code is not shown as text of the server", async () => {
    onTimeline(() => {
        throw makeServerError({
            errorName: "builtins.KeyError",
            message: "'secret_column'",
        });
    });
    await mountTimeline();
    expect(".o_social_error").toHaveText(/could not answer/);
    expect(".o_social_error").not.toHaveText(/secret_column/);
});

test("while it loads there is a skeleton", async () => {
    const answer = new Deferred();
    onTimeline(async () => {
        await answer;
        return {items: [item(1)]};
    });
    await mountTimeline();
    expect(".o_social_skeleton").toHaveCount(1);
    answer.resolve();
    await animationFrame();
    expect(".o_social_skeleton").toHaveCount(0);
    expect(ROW).toHaveCount(1);
});

test("nothing yet: the contact's page says what to do", async () => {
    mockService("action", {
        doAction: (action) => expect.step(action),
    });
    onTimeline(() => ({items: []}), "res.partner");
    await mountTimeline(serverState.partnerId, "res.partner");
    expect(".o_social_empty").toHaveText(/Nobody heard from this contact yet/);
    expect(".o_social_empty").toHaveText(/social profiles/);
    expect(".o_social_filters").toHaveCount(0);
    await contains(".o_social_profiles_button").click();
    expect.verifySteps(["social_crm.social_crm_identity_action"]);
});

test("who may not link a social profile is not offered to", async () => {
    onRpc("has_group", () => false);
    onTimeline(() => ({items: []}));
    await mountTimeline();
    expect(".o_social_empty").toHaveText(/Set the contact/);
    expect(".o_social_profiles_button").toHaveCount(0);
});

test("a record that is not saved asks nothing", async () => {
    const calls = onTimeline(() => ({items: []}));
    await mountTimeline(false);
    expect(".o_social_unsaved").toHaveCount(1);
    expect(calls).toHaveLength(0);
});

test("saving shows what belongs here now", async () => {
    let items = [item(1)];
    const calls = onTimeline(() => ({items}));
    await mountTimeline();
    await contains(".o_field_widget[name=name] input").edit("Eleven chairs");
    expect(calls).toHaveLength(1);
    items = [item(2), item(1)];
    await contains(".o_form_button_save").click();
    await animationFrame();
    await animationFrame();
    expect(calls).toHaveLength(2);
    expect(texts()).toEqual(["text 2", "text 1"]);
});

test("the next record begins anew", async () => {
    const calls = onTimeline(() => ({items: [item(1)]}));
    await mountView({
        type: "form",
        resModel: "crm.lead",
        resId: 1,
        resIds: [1, 2],
        arch: `<form><field name="name"/><widget name="social_timeline"/></form>`,
    });
    await animationFrame();
    await contains(".o_social_filter_moods").click();
    await contains(".o-dropdown-item:contains(Unhappy)").click();
    await contains(".o_pager_next").click();
    await animationFrame();
    expect(calls.at(-1)).toEqual({ids: [2], cursor: null, limit: 30, filters: {}});
    expect(".o_social_chip").toHaveCount(0);
});

test("keys move between rows, unfold and open", async () => {
    patchWithCleanup(window, {open: (url) => expect.step(url)});
    const calls = onTimeline(({cursor}) =>
        cursor
            ? {items: [item(1)]}
            : {items: [item(3), item(2, {text: "word ".repeat(300)})], cursor: "c"}
    );
    await mountTimeline();
    expect(".o_social_feed").toHaveAttribute("role", "feed");
    expect(`${ROW}:first`).toHaveAttribute(
        "aria-label",
        "Post by Ada Lovelace on Mastodon"
    );
    queryFirst(ROW).focus();
    await press("Enter");
    expect.verifySteps(["https://social.test/3"]);
    await press("j");
    expect(queryAll(ROW)[1]).toBeFocused();
    await press("Enter");
    await animationFrame();
    expect(".o_social_more").toHaveText("Show less");
    expect.verifySteps([]);
    await press("ArrowUp");
    expect(queryAll(ROW)[0]).toBeFocused();
    await press("k");
    expect(queryAll(ROW)[0]).toBeFocused();
    await press("End");
    expect(queryAll(ROW)[1]).toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    expect(calls).toHaveLength(2);
    expect(queryAll(ROW)[2]).toBeFocused();
    await press("Home");
    expect(queryAll(ROW)[0]).toBeFocused();

    // Inside a row keys belong to its controls, only PageDown moves on.
    queryFirst(`${ROW} .o_social_original`).focus();
    await press("j");
    expect(`${ROW}:first .o_social_original`).toBeFocused();
    await press("PageDown");
    expect(queryAll(ROW)[1]).toBeFocused();
});

test("the author's name opens the social profile", async () => {
    mockService("action", {
        doAction(action) {
            expect.step(`${action.res_model} ${action.res_id}`);
        },
    });
    await mountItems(item(1));
    await contains(`${ROW} .o_social_author`).click();
    expect.verifySteps(["social.crm.identity 7"]);
});

test("after the form is left nothing listens any more", async () => {
    const calls = onTimeline(() => ({items: [item(1)]}));
    const view = await mountTimeline();
    await notify({lead_ids: [1]});
    expect(calls).toHaveLength(2);
    await send({lead_ids: [1]});
    destroy(view);
    await send({lead_ids: [1]});
    await advanceTime(NEWS_DELAY + 100);
    expect(calls).toHaveLength(2);
});
