from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres import PostgresServer, find_binaries, how_to_install

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(find_binaries() is None, reason=how_to_install()),
]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def test_a_copy_of_a_template_has_its_tables_and_nothing_of_other_copies(server: PostgresServer) -> None:
    with _connect(server.create_database("shaped")) as shaped:
        shaped.execute("CREATE TABLE mark (word text)")

    for word in ("first", "second"):
        with server.database(template="shaped") as url, _connect(url) as copy:
            copy.execute("INSERT INTO mark VALUES (%s)", [word])
            assert copy.execute("SELECT word FROM mark").fetchall() == [(word,)]

    server.drop_database("shaped")


def test_a_database_is_dropped_though_somebody_is_still_connected(server: PostgresServer) -> None:
    with server.database() as url:
        left_open = _connect(url)

    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        _connect(url)
    left_open.close()


def test_text_is_folded_to_lower_case_beyond_ascii(server: PostgresServer) -> None:
    with server.database() as url, _connect(url) as connection:
        assert connection.execute("SELECT lower('ÄÉ')").fetchone() == ("äé",)


def test_a_server_stops_and_leaves_nothing_when_its_block_fails() -> None:
    def fail_inside() -> None:
        with PostgresServer() as running:
            urls.append(running.url("postgres"))
            raise LookupError

    urls: list[str] = []
    with pytest.raises(LookupError):
        fail_inside()

    with pytest.raises(psycopg.OperationalError):
        _connect(urls[0])
