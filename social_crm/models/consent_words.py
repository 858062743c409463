"""A clear yes, no or stop, when it is all that somebody says.

"Yes, but you are wrong" is no permission: the whole message must be one of the answers
below, without the handles it is addressed to, punctuation and pictures.
"""

import re
import unicodedata

# No answer is longer; nothing else is looked at.
MAX_CHARS = 200
_HANDLE = re.compile(r"(?<!\S)[@＠]\S+")
# These say the opposite of a word, or doubt it.
_AGAINST = re.compile("[?？؟\U0001f44e\U0001f645\u274c\U0001f6ab\U0001f620\U0001f621]")

# en de fr es it nl pt pl cs da sv no fi ro hu tr el ru uk ar he ja zh ko
_YES = """
yes|yes please|yes you may|yes i agree|i agree|agreed|yes of course
ja|ja bitte|ja gerne|ja gern|ja ich stimme zu|ich stimme zu|einverstanden|ja klar
oui|oui merci|oui d'accord|d'accord|oui je suis d'accord|je suis d'accord
sí|si|sí por favor|si por favor|de acuerdo|sí de acuerdo|estoy de acuerdo|acepto
sì|sì grazie|si grazie|d'accordo|sono d'accordo|acconsento|accetto
ja graag|akkoord|ik ga akkoord|ja hoor
sim|sim por favor|concordo|aceito|de acordo
tak|tak proszę|zgoda|zgadzam się|tak zgadzam się
ano|ano prosím|souhlasím|ja tak|ja tak gerne|jeg er enig|ja tack|jag samtycker
ja takk|jeg samtykker|kyllä|kyllä kiitos|suostun|da|da vă rog|sunt de acord
igen|igen kérem|beleegyezem|evet|evet lütfen|kabul ediyorum|ναι|συμφωνώ
да|да пожалуйста|согласен|согласна|так|так будь ласка|згоден|згодна
نعم|أوافق|כן|אני מסכים|אני מסכימה|はい|同意します|是|是的|同意|好的|네|예|동의합니다
"""
_NO = """
no|no thanks|no thank you|no you may not|i do not agree|i don't agree|please don't
nein|nein danke|bitte nicht|ich stimme nicht zu|nicht einverstanden
non|non merci|je refuse|pas d'accord|je ne suis pas d'accord
no gracias|no acepto|no estoy de acuerdo|no grazie|non accetto|non sono d'accordo
nee|nee bedankt|nee dank je|niet akkoord|não|nao|não obrigado|não obrigada|não aceito
nie|nie dziękuję|nie zgadzam się|ne|ne děkuji|nesouhlasím|nej|nej tak|nej tack
nei|nei takk|ei|ei kiitos|nu|nu mulțumesc|nem|nem köszönöm|hayır|hayır teşekkürler
όχι|нет|нет спасибо|ні|ні дякую|لا|לא|いいえ|不|不是|不同意|아니요|아니오
"""
_STOP = """
stop|please stop|stop it|unsubscribe|withdraw|revoke|opt out|forget me|i withdraw
stopp|bitte stopp|widerruf|ich widerrufe|widerrufen|abmelden|arrêt|arrêter|arrêtez
désinscription|je retire mon accord|baja|darme de baja|retiro|parar|cancelar
disiscrivimi|revoco|basta|stoppen|afmelden|ik trek mijn toestemming in|sair|revogo
rezygnuję|wycofuję zgodę|odvolávám|frameld|avsluta|lopeta|renunț|leiratkozás|durdur
iptal|στοπ|стоп|отписаться|отмена|скасувати|توقف|הפסק|停止|やめて|退订|중지
"""


def plain_answer(text):
    """Return the words of a short message as they are compared, "" of any other."""
    if not text or len(text) > MAX_CHARS:
        return ""
    text = unicodedata.normalize("NFKC", _HANDLE.sub(" ", text)).casefold()
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(
        "".join(
            char if char == "'" or unicodedata.category(char)[0] in "LNM" else " "
            for char in text
            # What chooses how an emoji looks is a mark, too.
            if char not in "\ufe0e\ufe0f\u200d"
        ).split()
    ).strip("' ")


def _answers(lines):
    return {plain_answer(word) for word in re.split(r"[|\n]", lines)} - {""}


YES, NO, STOP = map(_answers, (_YES, _NO, _STOP))


def answer_of(text, word=""):
    """Return "yes", "no", "stop", or "" if it is no clear answer.

    ``word`` is the one that the person was asked to say for yes.
    """
    said = plain_answer(text)
    if not said:
        return ""
    if said in STOP:
        return "stop"
    if said == plain_answer(word) or said in YES:
        return "" if _AGAINST.search(text) else "yes"
    return "no" if said in NO else ""
