import {AvatarCardPopover} from "@mail/discuss/web/avatar_card/avatar_card_popover";
import {patch} from "@web/core/utils/patch";
import {MOODS} from "@social_crm/social_timeline/social_mention";

// A card is small: of many profiles the first ones.
const SHOWN = 3;

patch(AvatarCardPopover.prototype, {
    get socialHandles() {
        return (this.partner?.social_handles || []).slice(0, SHOWN);
    },

    get socialMood() {
        return MOODS[this.partner?.social_mood];
    },
});
