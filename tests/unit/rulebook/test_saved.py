from pathlib import Path

import pytest

from engagebot.domain.drafting import fill, placeholders, values_of
from engagebot.errors import FilesInvalid
from engagebot.rulebook import load_saved
from engagebot.rulebook.lengths import SHORT_POST, longest_filled
from tests.factories import make_author, make_mention

SHIPPED = Path(__file__).parents[3] / "config" / "replies"


def put(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        load_saved(folder)
    return str(caught.value).splitlines()


def test_a_folder_holds_one_reply_a_file(tmp_path: Path) -> None:
    put(tmp_path, thanks="Thank you!\r\n", about_your_order="Hi, order {{order_number}} is on its way.\n")
    (tmp_path / ".hidden").write_text("x")
    order, thanks = load_saved(tmp_path)
    assert (thanks.name, thanks.template.text) == ("thanks", "Thank you!")
    assert (order.title, order.holds("Order way"), order.holds("order thanks")) == (
        "about your order",
        True,
        False,
    )
    assert load_saved(tmp_path / "missing") == ()


def test_what_the_sender_has_to_add_stays_and_is_told(tmp_path: Path) -> None:
    put(tmp_path, order="Hi {{author.name}}, order {{order_number}} of {{brand.name}}")
    (reply,) = load_saved(tmp_path)
    mention = make_mention(author=make_author(name="Maple"))
    filled = fill(reply.template, values_of(mention, "Acme"))
    assert (filled.text, filled.missing) == ("Hi Maple, order {{order_number}} of Acme", ("order_number",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "r.md:0:0 EB122 the template is empty"),
        ("Hi\n{{author_name}}", '2:1 EB123 unknown placeholder "author_name"'),
        ("Hi {{autor.name}}", 'r.md:1:4 EB123 unknown placeholder "autor.name"'),
        ("Hi {{ Order }}", 'r.md:1:4 EB123 unknown placeholder "Order"'),
        ("Hi {{order", "r.md:1:4 EB123"),
        ("One\n---\nTwo", "EB126 a saved reply is one text"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, text: str, expected: str) -> None:
    (line,) = faults(put(tmp_path, r=text))
    assert line.startswith("config/replies/r.md")
    assert expected in line


def test_all_faults_of_all_files_come_together(tmp_path: Path) -> None:
    put(tmp_path, a="", b="{{x y}}")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "Big Name.md").write_text("x")
    (tmp_path / "c.md").write_bytes(b"\xff\xfe")
    assert [line.split(":")[0] for line in faults(tmp_path)] == [
        "config/replies/Big Name.md", "config/replies/a.md", "config/replies/b.md", "config/replies/c.md",
        "config/replies/notes.txt",
    ]  # fmt: skip


def test_the_shipped_replies_hold_and_fit_the_shortest_platform() -> None:
    shipped = load_saved(SHIPPED)
    assert len(shipped) >= 8
    for reply in shipped:
        assert longest_filled(reply.template.text, "Acme") <= SHORT_POST, reply.name
        assert "brand.name" in placeholders(reply.template.text), reply.name
