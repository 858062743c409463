import {Component, onWillUpdateProps, status, useState} from "@odoo/owl";
import {RelativeTime} from "@mail/core/common/relative_time";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {humanNumber} from "@web/core/utils/numbers";
import {useOpenRecord} from "../open_record/use_open_record";
import {SocialStars} from "../social_stars/social_stars";
import {errorSentence} from "./error_sentence";
import {cutText, initials, ownUrl, webUrl} from "./timeline_data";

export const KINDS = {
    post: _t("Post"),
    comment: _t("Comment"),
    review: _t("Review"),
    message: _t("Message"),
    answer: _t("Answer"),
};
export const MOODS = {
    negative: {label: _t("Unhappy"), icon: "fa-frown-o", color: "danger"},
    neutral: {label: _t("Neutral"), icon: "fa-meh-o", color: "muted"},
    positive: {label: _t("Happy"), icon: "fa-smile-o", color: "success"},
};
const METRICS = {
    likes: {label: _t("Likes"), icon: "fa-heart-o"},
    reposts: {label: _t("Reposts"), icon: "fa-retweet"},
    replies: {label: _t("Replies"), icon: "fa-comment-o"},
    views: {label: _t("Views"), icon: "fa-eye"},
};
const MEDIA = {
    image: {label: _t("Picture"), icon: "fa-picture-o"},
    video: {label: _t("Video"), icon: "fa-play-circle"},
    audio: {label: _t("Audio"), icon: "fa-volume-up"},
    link: {label: _t("Link"), icon: "fa-link"},
};

/** One mention: a row of the timeline, or one of the conversation unfolded below it. */
export class SocialMention extends Component {
    static template = "social_crm.SocialMention";
    static components = {RelativeTime, SocialStars};
    static props = {
        item: Object,
        // The contact whose page this is; who else speaks is named.
        partnerId: {type: Number, optional: true},
        // Place in the feed and size of the feed, from 1; a conversation has none.
        position: {type: Number, optional: true},
        setSize: {type: Number, optional: true},
        inConversation: {type: Boolean, optional: true},
        isCurrent: {type: Boolean, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.openRecord = useOpenRecord();
        this.state = useState({
            textOpen: false,
            failedPictures: {},
            thread: {open: false, loading: false, error: "", items: []},
        });
        onWillUpdateProps(({item}) => {
            if (
                this.state.thread.open &&
                item.thread_count !== this.props.item.thread_count
            ) {
                this.loadThread(item.id);
            }
        });
    }

    get authorName() {
        const {name, handle} = this.props.item.author;
        return name || handle || _t("Unknown author");
    }

    get handle() {
        const {handle} = this.props.item.author;
        return handle === this.authorName ? "" : handle;
    }

    get avatarUrl() {
        return ownUrl(this.props.item.author.avatar_url);
    }

    get initials() {
        return initials(this.authorName);
    }

    get identityUrl() {
        const {id} = this.props.item.author;
        return id ? `/odoo/social.crm.identity/${id}` : "";
    }

    get otherPartner() {
        const {partner} = this.props.item;
        if (this.props.inConversation) {
            return false;
        }
        return partner?.id && partner.id !== this.props.partnerId ? partner : false;
    }

    get isOurs() {
        return this.props.item.direction === "out";
    }

    get kindLabel() {
        const {kind} = this.props.item;
        if (this.isOurs) {
            return kind === "post" ? _t("Our post") : _t("Our answer");
        }
        return KINDS[kind] || KINDS.post;
    }

    get published() {
        return deserializeDateTime(this.props.item.published_at);
    }

    get publishedTitle() {
        return formatDateTime(this.published);
    }

    get editedTitle() {
        const {edited_at: editedAt} = this.props.item;
        return editedAt
            ? _t("Edited on %s", formatDateTime(deserializeDateTime(editedAt)))
            : "";
    }

    get mood() {
        return MOODS[this.props.item.mood];
    }

    /** Zero is a rating too: some networks allow it. */
    get hasRating() {
        return typeof this.props.item.rating === "number";
    }

    get cutText() {
        return cutText(this.props.item.text);
    }

    get text() {
        return (!this.state.textOpen && this.cutText) || this.props.item.text;
    }

    get language() {
        const {language} = this.props.item;
        return /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(language || "") ? language : undefined;
    }

    get url() {
        return webUrl(this.props.item.url);
    }

    get metrics() {
        const values = this.props.item.metrics || {};
        return Object.entries(METRICS)
            .filter(([name]) => values[name] > 0)
            .map(([name, metric]) => ({
                name,
                ...metric,
                title: `${metric.label}: ${values[name]}`,
                value: humanNumber(values[name], {
                    decimals: values[name] < 1000 ? 0 : 1,
                }),
            }));
    }

    get media() {
        return (this.props.item.media || []).map((media, index) => {
            const kind = MEDIA[media.kind] || MEDIA.link;
            const failed = this.state.failedPictures[index];
            return {
                index,
                icon: kind.icon,
                isVideo: media.kind === "video",
                picture: failed ? "" : ownUrl(media.thumbnail_url),
                title: media.title || media.alt || kind.label,
                alt: media.alt || media.title || kind.label,
                url: webUrl(media.url) || this.url,
            };
        });
    }

    get threadLabel() {
        if (this.state.thread.open) {
            return _t("Hide conversation");
        }
        return _t("Show conversation (%s)", this.props.item.thread_count + 1);
    }

    get rowLabel() {
        return _t("%(kind)s by %(author)s on %(network)s", {
            kind: this.kindLabel,
            author: this.authorName,
            network: this.props.item.network_label,
        });
    }

    toggleText() {
        this.state.textOpen = !this.state.textOpen;
    }

    /** Enter on the row unfolds the text, else opens the original. */
    onKeydown(ev) {
        if (ev.key !== "Enter" || ev.target !== ev.currentTarget) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        if (this.cutText && !this.state.textOpen) {
            this.toggleText();
        } else if (this.url) {
            window.open(this.url, "_blank", "noopener,noreferrer");
        } else if (this.props.item.thread_count) {
            this.toggleThread();
        }
    }

    toggleThread() {
        const {thread} = this.state;
        thread.open = !thread.open;
        if (thread.open) {
            this.loadThread();
        }
    }

    async loadThread(id = this.props.item.id) {
        const {thread} = this.state;
        Object.assign(thread, {loading: true, error: ""});
        try {
            thread.items = await this.orm.call("social.crm.mention", "social_thread", [
                id,
            ]);
        } catch (error) {
            if (status(this) === "destroyed") {
                return;
            }
            thread.error = errorSentence(error);
        }
        thread.loading = false;
    }
}

// A conversation shows mentions again.
SocialMention.components.SocialMention = SocialMention;
