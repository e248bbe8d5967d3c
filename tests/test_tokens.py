"""Tokens are counted well enough: measured beside the tokenizers of GPT-4o (o200k_base) and GPT-4 (cl100k_base)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.tokens import PIECES, count_tokens

# What gpt-tokenizer 3 (npm) counts: o200k_base, cl100k_base.
COUNTED = {
    "English": ("The assistant holds its tongue when people talk among themselves, and answers when it is spoken to by name.", 21, 21),
    "German": ("Die Straßenbahnen fahren vorläufig nicht mehr über die Brücke, weil die Überschwemmungen größer wurden als erwartet.", 25, 33),
    "French": ("Les élèves étaient très étonnés d'apprendre qu'il fallait réécrire l'exercice avant la fin de l'été.", 25, 33),
    "Polish": ("Wszystkie wiadomości są zapisywane na dysku, zanim ktokolwiek je zobaczy.", 21, 30),
    "Russian": ("Все сообщения сохраняются на диск, прежде чем их кто-либо увидит.", 15, 31),
    "Japanese": ("メッセージは誰かに見られる前にすべてディスクに保存されます。", 23, 28),
    "Chinese": ("所有消息在任何人看到之前都会保存到磁盘上。", 14, 21),
    "Korean": ("모든 메시지는 누구에게 보이기 전에 디스크에 저장됩니다.", 16, 27),
    "Arabic": ("يتم حفظ جميع الرسائل على القرص قبل أن يراها أي شخص.", 17, 38),
    "Hindi": ("सभी संदेश किसी के देखने से पहले डिस्क पर सहेजे जाते हैं।", 17, 52),
    "Emoji": ("😀👩‍🚀🦜🎉🔥", 12, 19),
    "Code": ("def count_tokens(text: str) -> int:\n    return sum(_tokens(piece) for piece in PIECES.finditer(text))\n", 26, 26),
    "JSON": ("[{\"id\": 1, \"name\": \"n1\", \"value\": 0.763774618976614}, {\"id\": 2, \"name\": \"n2\", \"value\": 0.255069025739421}]", 51, 51),
    "Base64": ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", 53, 54),
}


@pytest.mark.parametrize(("text", "newer", "older"), COUNTED.values(), ids=COUNTED.keys())
def test_it_counts_hardly_less_than_a_tokenizer_and_not_much_more(text: str, newer: int, older: int) -> None:
    count = count_tokens(text)
    assert newer <= count * 1.1
    assert older <= count * 1.35
    assert count <= 3 * newer


def test_nothing_is_no_token() -> None:
    assert count_tokens("") == 0


@given(st.text())
def test_every_text_has_a_count_and_a_longer_one_has_no_smaller_one(text: str) -> None:
    assert 0 <= count_tokens(text) <= count_tokens(text + "\n" + text)


@pytest.mark.parametrize("text", ["=", "a=-", "word ", "0", "漢", "=" * 19 + "é", "a1" * 12 + " "], ids=ascii)
def test_a_long_text_is_read_once(text: str) -> None:
    """No piece is looked at again and again: what is read ahead for a key is bounded by its pattern."""
    assert sum(len(piece[0]) for piece in PIECES.finditer(text * 1_000)) == len(text * 1_000)
    assert "{0,20}" in PIECES.pattern
    assert "*" not in PIECES.pattern
