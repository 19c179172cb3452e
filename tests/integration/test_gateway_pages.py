"""What every answer carries, the page, the files any shop embeds, and what operators read."""

import pytest

from tests.integration.test_gateway_staff import an_order

pytest_plugins = "tests.integration.gateway_kit"

ITEM = {"sku": "TSH-1", "product": "tshirt", "name": "<b>T-shirt</b>", "variant": {"color": "blue"}, "price": "1219.90"}


async def test_every_answer_forbids_what_it_does_not_need(shop):
    for path, status in (
        ("/", 200),
        ("/widget.js", 200),
        ("/nowhere", 404),
        ("/api/returns", 401),
        ("/static/nothing.css", 404),
    ):
        answer = await shop.client.get(path)
        assert answer.status == status
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "connect-src 'self' wss://shop.example;" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert "aiohttp" not in answer.headers.get("Server", "")


async def test_the_page_shows_the_shop_in_the_visitors_language_and_escapes_it(shop):
    private = an_order("PRIVATE-1") | {"customer": {"name": "A", "email": "someone@real.fr"}}
    report = await shop.container.shop.load({"catalogue": [ITEM], "orders": [an_order("W1"), private]})
    assert not report.failures
    for query, accepted, language in (
        ("", None, "en"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "de, en;q=0.5, fr;q=0.7", "fr"),
        ("", "fr;q=0, en;q=x, *", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=../../etc", "en", "en"),
    ):
        answer = await shop.client.get(f"/{query}", headers={"Accept-Language": accepted} if accepted else {})
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert f'<html lang="{language}">' in page
        assert "<b>T-shirt" not in page and "&lt;b&gt;T-shirt" in page
        assert "noah@example.com" in page and "W1" in page
        # A shop that imported its own orders does not publish what proves them.
        assert "PRIVATE-1" not in page and "real.fr" not in page
    assert "1\u00a0219,90\u00a0€" in await (await shop.client.get("/?lang=fr")).text()


async def test_the_page_of_an_empty_shop_is_shown(shop):
    assert (await shop.client.get("/")).status == 200


@pytest.mark.parametrize("path", ["/widget.js", "/static/widget.css", "/api/chat/sessions", "/api/chat/messages"])
async def test_any_shop_may_embed_the_chat(shop, path):
    preflight = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await shop.client.options(path, headers=preflight)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer.headers
    answer = await shop.client.get(path, headers={"Origin": "https://other.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # also on errors, or a client could not read them
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_no_other_page_may_read_the_staff_api(shop):
    answer = await shop.client.options("/api/returns", headers={"Origin": "https://other.example"})
    assert answer.status == 401
    answer = await shop.client.get("/api/returns", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_files_are_cached_and_cheap_to_ask_again(shop):
    answer = await shop.client.get("/widget.js")
    assert answer.content_type in ("text/javascript", "application/javascript")
    assert "max-age" in answer.headers["Cache-Control"]
    again = await shop.client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    assert (await shop.client.get("/static/../serve.py")).status == 404
    assert (await shop.client.get("/static/%2e%2e/serve.py")).status == 404
    assert (await shop.client.get("/static/")).status in (403, 404)


async def test_a_wrong_method_says_which_are_right(shop):
    answer = await shop.client.put("/api/chat/sessions")
    assert (answer.status, answer.headers["Allow"], answer.content_type) == (405, "POST", "application/problem+json")


async def test_operators_see_health_and_figures_without_addresses(shop):
    assert await (await shop.client.get("/healthz")).json() == {"status": "alive"}
    ready = await shop.client.get("/readyz")
    assert (ready.status, (await ready.json())["status"]) == (200, "ready")
    token, _ = await shop.session()
    await shop.send(token, {"text": "hello"})
    await shop.client.get("/labels/secret-token.pdf")
    await shop.client.request("TRACE", "/nowhere")
    answer = await shop.client.get("/metrics")
    figures = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert 'retour_turns_total{outcome="answered"} 1.0' in figures
    assert "retour_turn_seconds_count 1.0" in figures
    assert 'retour_http_requests_total{method="POST",route="/api/chat/messages",status="200"} 1.0' in figures
    assert 'method="other",route="unknown"' in figures
    assert "secret-token" not in figures
