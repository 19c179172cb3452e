"""Who gets into the console, and who does not."""

import pytest
from aiohttp import WSServerHandshakeError

from gateway.console.auth import is_console, safe_next
from rma.model.agents import IDLE_AFTER
from rma.service.agents import PAIR_LIMIT
from tests.integration.console_kit import HTTPS, ORIGIN, Console, Desk, Markup, password
from tests.integration.gateway_kit import API_KEY

pytest_plugins = "tests.integration.console_kit"


def addresses(desk: Desk) -> list[tuple[str, str]]:
    """Every method and address of the console, with something in the place of its variables."""
    values = {"id": "nothing", "number": "RT-00000000", "photo": "1", "session": "1", "login": "ann", "what": "disable"}
    found = []
    for route in desk.shop.client.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if is_console(path) and route.method in ("GET", "POST"):
            for name, value in values.items():
                path = path.replace(f"{{{name}}}", value)
            found.append((route.method, path))
    return found


async def test_the_cookie_is_for_this_host_over_https_and_no_script(https_desk: Desk) -> None:
    answer = await https_desk.attempt("ann", password("ann"), HTTPS)
    assert answer.status == 303 and answer.headers["Location"] == "/console"
    name, _, rest = answer.headers["Set-Cookie"].partition("=")
    assert name == "__Host-retour-console"
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= {part.strip() for part in rest.split(";")}
    assert "Domain" not in rest
    ann = await https_desk.enter("ann", HTTPS)
    page = await ann.get("/console")
    assert ann.secret not in await page.text()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "same-origin"
    # A form of the page without https is not ours, whoever filled it in.
    ann.origin = "http://shop.example"
    assert (await ann.post("/console/logout")).status == 403


async def test_a_wrong_name_and_a_wrong_password_look_the_same(desk: Desk) -> None:
    answers = [await desk.attempt(*pair) for pair in (("ann", "wrong password"), ("nobody", "wrong password"))]
    texts = [(await answer.text()).replace("nobody", "ann") for answer in answers]
    assert [answer.status for answer in answers] == [401, 401] and texts[0] == texts[1]
    await desk.container.agents.set_disabled("bob", True)
    assert (await desk.attempt("bob", password("bob"))).status == 401


async def test_whoever_guesses_is_locked_out_and_locks_out_nobody_else(https_desk: Desk) -> None:
    stranger = {"X-Forwarded-For": "203.0.113.7"}
    for _ in range(PAIR_LIMIT):
        assert (await https_desk.attempt("ann", "a wrong password", HTTPS, **stranger)).status == 401
    locked = await https_desk.attempt("ann", password("ann"), HTTPS, **stranger)
    assert locked.status == 429 and int(locked.headers["Retry-After"]) > 0
    assert "Set-Cookie" not in locked.headers
    assert (await https_desk.attempt("ann", password("ann"), HTTPS, **{"X-Forwarded-For": "198.51.100.4"})).status == 303


async def test_without_a_session_there_is_nothing_not_even_with_the_shops_key(desk: Desk) -> None:
    conversation = await desk.talk("hello")
    known = [*addresses(desk), ("GET", f"/console/c/{conversation}"), ("POST", f"/console/c/{conversation}/take")]
    assert len(known) > 25
    for method, path in known:
        if path == "/console/login":
            continue
        for headers in ({}, {"Authorization": f"Bearer {API_KEY}"}, {"Cookie": "retour-console=guessed"}):
            answer = await desk.shop.client.request(
                method, path, data={"csrf": ""} if method == "POST" else None, allow_redirects=False,
                headers={"Origin": ORIGIN, "Host": "127.0.0.1"} | headers,
            )  # fmt: skip
            assert answer.status == 303, (method, path, answer.status)
            assert answer.headers["Location"].startswith("/console/login"), (method, path)
            asked = await desk.shop.client.request(
                method, path, data={"csrf": ""} if method == "POST" else None,
                headers={"Origin": ORIGIN, "Host": "127.0.0.1", "X-Requested-With": "fetch"} | headers,
            )  # fmt: skip
            assert asked.status == 401 and (await asked.json())["login"]
    assert await desk.kinds(conversation) == []


async def test_a_login_leads_back_and_never_to_another_site(desk: Desk) -> None:
    answer = await desk.shop.client.get("/console/c/abc?x=1", allow_redirects=False)
    assert answer.headers["Location"] == "/console/login?next=%2Fconsole%2Fc%2Fabc%3Fx%3D1"
    for address in ("https://evil.example", "//evil.example/console", "/\\evil.example", "/console\r\nX: y", "http://[",
                    "javascript:alert(1)", "/withdraw", "/console/login", "/console\\@evil.example"):  # fmt: skip
        assert safe_next(address) == "/console", address
    assert safe_next("/console/c/abc?x=1") == "/console/c/abc?x=1"


async def test_a_form_counts_from_our_own_page_of_this_session_only(desk: Desk) -> None:
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    conversation = await desk.talk("hello")
    mark = await ann.mark(conversation)
    here = f"/console/c/{conversation}"
    forged = {
        "without the token": Console(desk.shop, "ann", ann.secret, ""),
        "with a colleague's token": Console(desk.shop, "ann", ann.secret, bob.csrf),
        "from another site": Console(desk.shop, "ann", ann.secret, ann.csrf, "https://evil.example"),
        "from nowhere": Console(desk.shop, "ann", ann.secret, ann.csrf, "null://127.0.0.1"),
    }
    posts = [path for method, path in addresses(desk) if method == "POST" and path != "/console/login"]
    for what, browser in forged.items():
        for path in (*posts, f"{here}/take", f"{here}/write"):
            answer = await desk.shop.client.post(
                path, data={"csrf": browser.csrf, "mark": mark, "text": "x", "kind": "reply"}, allow_redirects=False,
                headers={"Cookie": f"retour-console={ann.secret}", "Origin": browser.origin, "Host": "127.0.0.1"},
            )  # fmt: skip
            assert answer.status == 403, (what, path, answer.status)
    named = {"Cookie": f"retour-console={ann.secret}", "Host": "127.0.0.1"}
    assert (await desk.shop.client.post(f"{here}/take", data={"csrf": ann.csrf}, headers=named)).status == 403
    # Nor does anybody log somebody else in from afar.
    assert (await desk.attempt("eve", password("eve"), "https://evil.example", Host="127.0.0.1")).status == 403
    assert await desk.kinds(conversation) == []
    with pytest.raises(WSServerHandshakeError) as refused:
        await desk.shop.client.ws_connect("/console/ws", headers=ann.headers | {"Origin": "https://evil.example"})
    assert refused.value.status == 403


async def test_sessions_end_when_they_are_ended_and_when_nobody_uses_them(desk: Desk) -> None:
    first, second = await desk.enter("ann"), await desk.enter("ann")
    bob = await desk.enter("bob")
    own = await desk.container.agents.sessions((await desk.container.agents.get("ann")).id)
    assert len(own) == 2
    # A colleague ends nobody's, an admin does.
    assert (await bob.post(f"/console/account/sessions/{own[0].id}/end")).status == 403
    page = Markup(await second.page("/console/account"))
    assert len([1 for tag, at in page.elements if tag == "form" and "/account/sessions/" in (at.get("action") or "")]) == 2
    assert (await second.post("/console/account/others/end")).status == 303
    assert (await first.get("/console")).status == 303 and (await second.get("/console")).status == 200
    left = await second.post("/console/logout")
    assert left.status == 303 and 'retour-console=""' in left.headers["Set-Cookie"]
    assert (await second.get("/console")).status == 303
    desk.clock.forward(seconds=IDLE_AFTER.total_seconds() + 1)
    assert (await bob.get("/console")).status == 303


async def test_a_new_password_ends_what_the_old_one_began(desk: Desk) -> None:
    ann, thief = await desk.enter("ann"), await desk.enter("ann")
    wrong = await ann.post("/console/account/password", old="not it, surely", new="another long one", again="another long one")
    differs = await ann.post("/console/account/password", old=password("ann"), new="another long one", again="another lang one")
    short = await ann.post("/console/account/password", old=password("ann"), new="short", again="short")
    assert [answer.status for answer in (wrong, differs, short)] == [422, 422, 422]
    done = await ann.post("/console/account/password", old=password("ann"), new="another long one", again="another long one")
    assert done.status == 303
    assert (await thief.get("/console")).status == 303
    assert (await desk.attempt("ann", password("ann"))).status == 401
    assert (await desk.attempt("ann", "another long one")).status == 303


async def test_only_admins_see_to_the_users(desk: Desk) -> None:
    ann, eve, bob = await desk.enter("ann"), await desk.enter("eve"), await desk.enter("bob")
    for method, path in addresses(desk):
        if path.startswith("/console/team"):
            answer = await (ann.get(path) if method == "GET" else ann.post(path, role="admin", password="x" * 12))
            assert answer.status == 403, path
    assert "/console/team" not in await ann.page() and "/console/team" in await eve.page()

    added = await eve.post("/console/team", login="zoe", name="Zoé", role="agent", password="a long password")
    again = await eve.post("/console/team", login="zoe", name="Zoé", role="agent", password="a long password")
    odd = await eve.post("/console/team", login="../x", name="X", role="agent", password="a long password")
    hashed = await eve.post("/console/team", login="hash", name="X", role="agent", password="$argon2id$v=19$m=8$c2FsdA$x")
    assert [answer.status for answer in (added, again, odd, hashed)] == [303, 409, 422, 422]
    assert (await desk.attempt("zoe", "a long password")).status == 303
    # What a disabled one had open is closed to them at once.
    assert (await eve.post("/console/team/bob/disable")).status == 303
    assert (await bob.get("/console")).status == 303
    assert (await eve.post("/console/team/eve/role", role="agent")).status == 409
    assert (await eve.post("/console/team/ann/role", role="king")).status == 422
    assert (await eve.get("/console/team")).status == 200
