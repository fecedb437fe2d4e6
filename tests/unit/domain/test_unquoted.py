import pytest

from engagebot.domain.heard.removal import unquoted

POST = "The modem is dead again. Third time I'm told it's fixed, and it isn't!"


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        pytest.param("She is right, call her.", "She is right, call her.", id="own words"),
        pytest.param(
            'He says "the modem is DEAD" as ever', 'He says "(what they wrote)" as ever', id="a quote"
        ),
        pytest.param("modem is dead: known fault", "modem is dead: known fault", id="three words"),
        pytest.param(POST, "(what they wrote)!", id="the whole post"),
        pytest.param(
            "modem is dead again / third time I'm told",
            "(what they wrote)",
            id="other signs between the same words",
        ),
        pytest.param(
            "told it's fixed, and then the modem is dead again",
            "(what they wrote) then (what they wrote)",
            id="two quotes",
        ),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_repeats_a_post_is_marked(note: str, kept: str) -> None:
    assert unquoted(note, POST) == kept


@pytest.mark.parametrize(
    ("said", "note", "kept"),
    [
        ("thank you", "say thank you", "say thank you"),
        ("modem dead again", "modem dead again, it seems", "(what they wrote), it seems"),
        ("", "words", "words"),
    ],
)
def test_a_short_post_is_told_by_all_of_its_words(said: str, note: str, kept: str) -> None:
    assert unquoted(note, said) == kept
