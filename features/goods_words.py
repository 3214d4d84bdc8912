"""The words of a text about goods, written so that languages and scripts can be compared.

Letters are read in three scripts: Latin, the Cyrillic of Macedonian, Serbian, Bulgarian, Ukrainian and
Russian, and Greek. Letters of other scripts, such as Georgian or Arabic ones, are not read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Cyrillic of Macedonian, Serbian, Bulgarian, Ukrainian and Russian, and what has no base letter in
# Unicode, in Serbian Latin without marks: "ж" and "ž" are both "z". One table, as the language is not
# known. "đ" is "dj", as it is written where a keyboard lacks it.
_TABLE = str.maketrans(
    dict(
        zip(
            "абвгдежзијклмнопрстуфхцчшћѕѓќѐѝйъэёыіґўıłø",
            "abvgdezzijklmnoprstufhccsczgkeijaeeiiguilo",
            strict=True,
        )
    )
    | {"ђ": "dj", "đ": "dj", "љ": "lj", "њ": "nj", "џ": "dz", "щ": "st", "ю": "ju", "я": "ja"}
    | {"ь": "", "є": "je", "ї": "ji", "æ": "ae", "œ": "oe"}
)
# Greek letter by letter, as in ISO 843, read after its marks are off.
_GREEK = str.maketrans(
    dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstyfo", strict=True))
    | {"θ": "th", "χ": "ch", "ψ": "ps"}
)
_MARKS = re.compile("[\u0300-\u036f]+")
# A letter alone says nothing of the goods: "T-shirt", "vitamin C", "n.e.c.".
_WORD = re.compile("[a-z]{2,}")

# Words that say how others belong together, and the Harmonized System's own turns of phrase. One
# list for all languages, so what names goods in another one is left out on purpose: ale, at, bez,
# die, et, für, lo, so, sto, su, ton and un (beer, horse, cloth, tool, meat, fur, horse, salt, table,
# water, tuna and flour there).
_STOP_WORDS = """
and or of the for with without in on to by from as an its their than other not no nor whether
having including excluding containing thereof therefor therefore such similar kind any all etc nes
nec eg ie this these those which used heading headings chapter subheading specified elsewhere
included classified
и или за од на во до по како друго други
i ili za sa od na do po iz kao ostalo drugo drugi druge
dhe ose për me nga në të se tjera tjetër
с със от в във към при като друг друга
ve veya ile için olan diğer
und oder der das den dem des mit ohne aus von vom zu zur zum im am auf andere anderer
și sau cu de din la pentru alte altele
és vagy az egy nem való készült egyéb
και για με από σε του της το τα οι χωρίς άλλα άλλο
il la le gli una di da del della dei delle degli con per senza altri altre altro
oraz lub ze do dla inne inny
та або для інші інше или другие прочие
"""

# What can be written on any parcel: it names no goods.
_GENERIC_WORDS = """
accessories accessory article articles assorted assortment belongings cargo commercial commodities
commodity component components consignment different effects equipment freight general gift gifts
good goods household item items material materials merchandise misc miscellaneous mixed
new package packages parcel part parts pcs personal piece pieces present product products sample
samples set sets shipment spare spares stuff sundries sundry supplies things tool tools unit units
various
алат алати артикли дел делови додатоци лични материјал материјали мостра мостри нов нова нови
општа опрема пакет парче парчиња подарок подароци половни половно пратка предмет предмети
примерок примероци прибор производ производи работи различни различно разни разно резервен
резервни роба ствари стока стоки употребувани
alat alati artikal artikli artikl deo delovi dijelovi dio dodaci dodatak kom komad komada komadi
korišćeno korišteno lične lični lično materijal materijali nov nova nove novi novo oprema opšta
osobne osobni paket poklon pokloni polovni polovno pošiljka predmeti pribor proizvod proizvodi
rabljeno razna razne razni različito razno rezervna rezervni roba stvari uzorak uzorci
aksesor aksesorë artikuj artikull copë dhurata dhuratë kampion kampionë këmbim këmbimi mall mallra
material materiale mjete mostra ndryshme pajisje pako përdorur përdorura personal personale pjesë
produkt produkte reja rezervë sende send vegla veglash
аксесоар аксесоари артикул артикули бр броя бройки вещи изделие изделия инструмент инструменти
колет лични материал материали мостра мостри нов нови оборудване подарък подаръци принадлежности
продукт продукти различни разни резервни стока стоки употребявани употребявано част части
adet aksesuar aksesuarlar alet aletler aletleri çeşitli ekipman eşya eşyalar eşyaları eşyası
hediye hediyelik kişisel koli kullanılmış mal mallar malzeme malzemeler malzemesi muhtelif numune
numuneler numunesi paket parça parçalar parçaları parçası şahsi takım ürün ürünler ürünleri yedek
yeni zati
allgemein artikel ausrüstung diverse diverses effekten ersatzteil ersatzteile gebraucht gebrauchte
gegenstand gegenstände geschenk geschenke handelsware materialien muster neu neue persönliche probe
proben produkt produkte sachen sendung sonstige stk stück teil teile umzugsgut verschiedene
verschiedenes ware waren warenmuster werkzeug werkzeuge zubehör zubehörteile
accesorii articole bunuri cadou cadouri colet componente diferite diverse echipament echipamente
efecte marfă mărfuri materiale mostră mostre noi nou obiecte pachet personale piese produs produse
schimb scule unelte uz uzate
ajándék ajándékok alkatrész alkatrészek anyag áru áruk cikk cikkek csomag darab eszköz eszközök
felszerelés használati használt holmi különféle minta minták személyes szerszám szerszámok tárgyak
tartozék tartozékok termék termékek új vegyes
ανταλλακτικά αντικείμενα αξεσουάρ δείγμα δείγματα δέμα διάφορα δώρα δώρο είδη εμπορεύματα
εξαρτήματα εξοπλισμός εργαλεία καινούργια μεταχειρισμένα νέα οικοσκευή πακέτο προϊόν προϊόντα
προσωπικά τεμάχια υλικά υλικό χρήσης
accessori articoli articolo attrezzature attrezzi campione campioni collo componenti confezione
diversi effetti materiali merce merci nuovi nuovo oggetti pacco parti personali pezzi pezzo
prodotti prodotto regali regalo ricambi ricambio usati usato utensili vari varie
akcesoria artykuły części część materiały narzędzia nowe osobiste paczka prezent prezenty produkty
próbka próbki przedmioty różne rzeczy sprzęt szt sztuk towar towary upominek używane wyposażenie
zamienne zestaw
вещь зразки зразок запасні запасные личные образец образцы особисті подарунок речі різні товар
товари товары частини
"""


def latin(text: str) -> str:
    """The text in lower case, its Cyrillic and Greek in Latin letters, without marks."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", folded))
    return plain if plain.isascii() else plain.translate(_GREEK)


_STOPS = frozenset(_WORD.findall(latin(_STOP_WORDS)))
_GENERIC = frozenset(_WORD.findall(latin(_GENERIC_WORDS)))


def goods_words(text: str) -> list[str]:
    """Words of two or more letters a-z, in order, without stop words."""
    return [word for word in _WORD.findall(latin(text)) if word not in _STOPS]


def only_generic(words: Iterable[str]) -> bool:
    """Whether no word names goods."""
    return _GENERIC.issuperset(words)


def trigrams(words: Iterable[str]) -> set[str]:
    """Three letters in a row of each word, its borders counting as one letter: " an", "any", "ny "."""
    return {
        padded[start : start + 3]
        for padded in [f" {word} " for word in words]
        for start in range(len(padded) - 2)
    }
