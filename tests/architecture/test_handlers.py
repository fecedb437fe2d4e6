import inspect

from fastapi.routing import APIRoute

from engagebot.web.app import ROUTERS

HANDLER_LINES = 20


def test_no_web_handler_does_more_than_one_thing() -> None:
    handlers = [
        route.endpoint for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)
    ]
    sizes = {handler.__qualname__: len(inspect.getsource(handler).splitlines()) - 1 for handler in handlers}

    assert len(sizes) > 30
    assert {name: lines for name, lines in sizes.items() if lines > HANDLER_LINES} == {}


def test_web_handlers_are_plain_functions() -> None:
    handlers = [
        route.endpoint for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)
    ]

    assert [handler.__qualname__ for handler in handlers if inspect.iscoroutinefunction(handler)] == []
