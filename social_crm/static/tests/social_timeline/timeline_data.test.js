import {describe, expect, test} from "@odoo/hoot";
import {
    append,
    cutText,
    initials,
    layOver,
    ownUrl,
    refreshShown,
    webUrl,
} from "@social_crm/social_timeline/timeline_data";

describe.current.tags("headless");

const item = (id, minute = id) => ({
    id,
    published_at: `2026-03-01 10:${String(minute).padStart(2, "0")}:00`,
});
const ids = (items) => items.map(({id}) => id);

test("news are laid on top, what is older stays with its cursor", () => {
    const result = layOver([item(3), item(2), item(1)], "old", {
        items: [item(5), item(4), item(3)],
        cursor: "new",
    });
    expect(ids(result.items)).toEqual([5, 4, 3, 2, 1]);
    expect([result.cursor, result.added, result.gap]).toEqual(["old", 2, false]);
});

test("a mention that is gone disappears, a late old one finds its place", () => {
    const result = layOver([item(9), item(7), item(5), item(1)], "old", {
        items: [item(9), item(20, 6), item(5)],
        cursor: "new",
    });
    expect(ids(result.items)).toEqual([9, 20, 5, 1]);
    expect(result.added).toBe(1);
});

test("of the same moment the higher id is newer", () => {
    const result = layOver([item(8, 3), item(7, 3), item(6, 3)], "old", {
        items: [item(9, 3), item(8, 3)],
        cursor: "new",
    });
    expect(ids(result.items)).toEqual([9, 8, 7, 6]);
});

test("more than a page of news begins again: no hole in the timeline", () => {
    const result = layOver([item(2), item(1)], "old", {
        items: [item(9), item(8)],
        cursor: "new",
    });
    expect(ids(result.items)).toEqual([9, 8]);
    expect([result.cursor, result.gap]).toEqual(["new", true]);
});

test("a page without a further one is all there is", () => {
    const result = layOver([item(2), item(1)], "old", {
        items: [item(2)],
        cursor: false,
    });
    expect(ids(result.items)).toEqual([2]);
    expect(result.cursor).toBe(false);
    expect(layOver([], false, {items: [], cursor: false}).items).toEqual([]);
});

test("an older page adds each mention once; a refresh moves nothing", () => {
    expect(ids(append([item(3), item(2)], {items: [item(2), item(1)]}))).toEqual([
        3, 2, 1,
    ]);
    const edited = {...item(2), text: "edited"};
    const shown = refreshShown([item(2), item(1)], {items: [item(3), edited]});
    expect(ids(shown)).toEqual([2, 1]);
    expect(shown[0].text).toBe("edited");
});

test("long texts are cut at a word, or between whole characters", () => {
    expect(cutText("short")).toBe("");
    expect(cutText("line\n".repeat(5) + "line")).toBe("");
    expect(cutText("line\n".repeat(20))).toBe("line\n".repeat(6).trim() + "…");
    const words = cutText("word ".repeat(200));
    expect(words.endsWith("word…")).toBe(true);
    expect(words.length).toBeLessThan(422);
    // A family of four is one character of eleven code units.
    const family = "👨‍👩‍👧‍👦";
    const cut = cutText(family.repeat(100)).slice(0, -1);
    expect(cut).toBe(family.repeat(cut.length / family.length));
});

test("only web addresses lead out, only our own pictures come in", () => {
    expect(webUrl("https://example.com/a b")).toBe("https://example.com/a%20b");
    for (const url of [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a",
        "/odoo",
        "",
        false,
    ]) {
        expect(webUrl(url)).toBe("");
    }
    expect(ownUrl("/social_crm/avatar/3?v=1a2b")).toBe("/social_crm/avatar/3?v=1a2b");
    for (const url of [
        "https://evil.test/a.png",
        "//evil.test/a.png",
        "/web/image/1",
        false,
    ]) {
        expect(ownUrl(url)).toBe("");
    }
});

test("initials of any name", () => {
    expect(initials("Ada King Lovelace")).toBe("AL");
    expect(initials("@ada")).toBe("A");
    expect(initials("🦄")).toBe("?");
    expect(initials("王小明")).toBe("王");
});
