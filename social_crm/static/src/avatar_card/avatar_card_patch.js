import {AvatarCardPopover} from "@mail/discuss/web/avatar_card/avatar_card_popover";
import {patch} from "@web/core/utils/patch";
import {useOpenRecord} from "@social_crm/open_record/use_open_record";
import {MOODS} from "@social_crm/social_timeline/social_mention";

// A card is small: of many profiles the first ones.
const SHOWN = 3;

patch(AvatarCardPopover.prototype, {
    setup() {
        super.setup(...arguments);
        this.openRecord = useOpenRecord();
    },

    openSocialProfile(id, ev) {
        this.openRecord("social.crm.identity", id, ev);
        this.props.close();
    },

    get socialHandles() {
        return (this.partner?.social_handles || []).slice(0, SHOWN);
    },

    get socialMood() {
        return MOODS[this.partner?.social_mood];
    },
});
