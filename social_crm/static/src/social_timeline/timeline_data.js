/**
 * What the timeline does with the server's items, without any component.
 *
 * Items come newest first, by time and then by id; an item is what
 * `social_timeline` returns: plain values, texts are plain text.
 */

const CUT_CHARACTERS = 420;
const CUT_LINES = 6;

/** True when `a` stands below `b` in the timeline. */
function isOlder(a, b) {
    return (
        a.published_at < b.published_at ||
        (a.published_at === b.published_at && a.id < b.id)
    );
}

/**
 * Lay a freshly fetched first page over what is shown.
 *
 * @param {Object[]} items what is shown
 * @param {string|false} cursor where the next older page begins
 * @param {{items: Object[], cursor: string|false}} page the newest page as it is now
 * @returns {{items: Object[], cursor: string|false, added: number, gap: boolean}}
 *  `added` counts items that were not shown before; `gap` tells that more than a page
 *  is new, so that the timeline begins again with that page.
 */
export function layOver(items, cursor, page) {
    const shown = new Set(items.map((item) => item.id));
    const added = page.items.filter((item) => !shown.has(item.id)).length;
    const gap = Boolean(items.length && page.cursor && added === page.items.length);
    const last = page.items.at(-1);
    const rest = gap || !page.cursor ? [] : items.filter((item) => isOlder(item, last));
    return {
        items: [...page.items, ...rest],
        cursor: rest.length ? cursor : page.cursor,
        added,
        gap,
    };
}

/** Bring shown items up to date from a page; nothing is added and nothing moves. */
export function refreshShown(items, page) {
    const fresh = new Map(page.items.map((item) => [item.id, item]));
    return items.map((item) => fresh.get(item.id) || item);
}

/** Add an older page below; an item that moved between two pages stays once. */
export function append(items, page) {
    const shown = new Set(items.map((item) => item.id));
    return [...items, ...page.items.filter((item) => !shown.has(item.id))];
}

/** The beginning of a long text, cut at a word; "" when the text is short enough. */
export function cutText(text) {
    const lines = text.split("\n", CUT_LINES + 1);
    let start = lines.slice(0, CUT_LINES).join("\n");
    if (start.length > CUT_CHARACTERS) {
        start = start.slice(0, CUT_CHARACTERS);
        const space = start.search(/\s\S*$/);
        if (space > CUT_CHARACTERS / 2) {
            start = start.slice(0, space);
        } else {
            // No words to cut at: whole characters, as the reader counts them.
            const characters = [...new Intl.Segmenter().segment(start)];
            start = start.slice(0, characters.at(-1).index);
        }
    } else if (lines.length <= CUT_LINES) {
        return "";
    }
    return `${start.trimEnd()}…`;
}

/** `url` when it leads to a web page, else "": a network may send any scheme. */
export function webUrl(url) {
    try {
        return /^https?:\/\//i.test(url) ? new URL(url).href : "";
    } catch {
        return "";
    }
}

/** `url` when it is one of our own pictures, else "": nothing is loaded from elsewhere. */
export function ownUrl(url) {
    return /^\/social_crm\/(avatar|media)\/[\w/?=&%.-]+$/.test(url || "") ? url : "";
}

/** The first letters of a name, for a person without a picture. */
export function initials(name) {
    const words = name
        .replace(/[^\p{L}\p{N}\s]/gu, " ")
        .trim()
        .split(/\s+/);
    const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
    return (
        letters
            .map((word) => [...word][0] || "")
            .join("")
            .toLocaleUpperCase() || "?"
    );
}

/** Filters as the server takes them: only what is set. */
export function serverFilters({networks, kinds, moods, since, until, text}) {
    return {
        ...(networks.length && {networks}),
        ...(kinds.length && {kinds}),
        ...(moods.length && {moods}),
        ...(since && {since}),
        ...(until && {until}),
        ...(text && {text}),
    };
}
