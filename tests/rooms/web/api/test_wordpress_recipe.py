"""The recipe for WordPress in docs/articles.md sends what the API accepts, exactly as printed."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from service.articles import find
from service.boot import Runtime, build_runtime
from service.config import Settings
from service.kit.clock import system_clock
from service.web.app import make_app
from tests.rules.code import ROOT

PHP = shutil.which("php")
RECIPE = re.compile(r"```php\n(.*?)```", re.DOTALL)
# The functions of WordPress that the recipe calls; a request is printed instead of sent.
WORDPRESS = """<?php
$hooks = array();
function add_action( $hook, $call, $priority, $count ) { $GLOBALS['hooks'][ $hook ] = $call; }
function wp_get_post_terms( $id, $of, $how ) { return array( 'Économie', 'À la une' ); }
function get_post_thumbnail_id( $post ) { return 9; }
function get_permalink( $post ) { return 'https://courrier.example/un-port/'; }
function get_the_title( $post ) { return $post->post_title; }
function get_the_excerpt( $post ) { return 'Les travaux commencent.'; }
function apply_filters( $name, $text ) { return '<p>' . $text . '</p>'; }
function get_the_author_meta( $name, $id ) { return 'Awa Koné'; }
function wp_get_attachment_image_url( $id, $size ) { return 'https://courrier.example/quai.jpg'; }
function get_post_meta( $id, $key, $single ) { return 'Un quai'; }
function wp_json_encode( $told ) { return json_encode( $told ); }
function wp_remote_post( $url, $told ) { echo json_encode( array( $url, $told ) ), "\\n"; }
function a_post( $status, $type = 'post' ) {
    return (object) array( 'ID' => 812, 'guid' => 'https://courrier.example/?p=812',
        'post_status' => $status, 'post_type' => $type,
        'post_title' => 'Le port n&rsquo;attend pas',
        'post_content' => 'Les travaux commencent en mars.', 'post_author' => 3,
        'post_date_gmt' => '2023-02-08 05:00:00', 'post_modified_gmt' => '2023-02-08 05:00:00' );
}
"""


def recipe() -> str:
    found = RECIPE.search((ROOT / "docs/articles.md").read_text("utf-8"))
    assert found is not None
    return found[1]


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    secret = re.search(r"'CRIEUR_EVENTS_SECRET', '([^']+)'", recipe())
    assert secret is not None
    told = settings.model_copy(update={"events_secret": SecretStr(secret[1])})
    built = build_runtime(told, clock=system_clock)
    with TestClient(make_app(built)) as opened:
        yield opened
    built.close()


def sent(tmp_path: Path, *acts: str) -> list[tuple[str, dict[str, Any]]]:
    """Run the recipe in a pretended WordPress; return the requests that it makes."""
    assert PHP is not None
    script = tmp_path / "recipe.php"
    calls = "\n".join(acts)
    script.write_text(f"{WORDPRESS}\n{recipe()}\n{calls}\n", "utf-8")
    run = subprocess.run([PHP, str(script)], capture_output=True, text=True, check=True, timeout=30)
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()]


def post(client: TestClient, request: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    url, told = request
    assert url == "https://newsletters.example.org/api/v1/events/articles"
    answer = client.post(
        "/api/v1/events/articles", content=told["body"].encode(), headers=told["headers"]
    )
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return dict(result)


@pytest.mark.skipif(PHP is None, reason="needs php")
def test_what_wordpress_does_becomes_events(
    client: TestClient, runtime: Runtime, tmp_path: Path
) -> None:
    """Published, corrected, put in the trash: each is signed, accepted, and one article."""
    published, updated, trashed = sent(
        tmp_path,
        "crieur_compare( 812, a_post( 'publish' ), false, a_post( 'draft' ) );",
        "crieur_compare( 812, a_post( 'publish' ), true, a_post( 'publish' ) );",
        "crieur_compare( 812, a_post( 'trash' ), true, a_post( 'publish' ) );",
    )

    assert post(client, published)["state"] == "new"
    assert post(client, updated)["state"] == "unchanged"
    withdrawn = post(client, trashed)
    assert withdrawn["state"] == "withdrawn"
    with runtime.begin() as session:
        article = find.get_article(session, withdrawn["id"])
    assert (article.title, article.section) == ("Le port n’attend pas", "Économie")
    assert (article.authors, article.image_alt) == (["Awa Koné"], "Un quai")
    assert str(article.published_at) == "2023-02-08 05:00:00+00:00"


@pytest.mark.skipif(PHP is None, reason="needs php")
def test_what_readers_never_saw_is_not_sent(tmp_path: Path) -> None:
    """Drafts, pages and revisions are nobody's business."""
    requests = sent(
        tmp_path,
        "crieur_compare( 812, a_post( 'draft' ), true, a_post( 'draft' ) );",
        "crieur_compare( 812, a_post( 'publish', 'page' ), false, null );",
        "$hooks['before_delete_post']( 812, a_post( 'draft' ) );",
    )

    assert requests == []


@pytest.mark.skipif(PHP is None, reason="needs php")
def test_a_post_that_is_deleted_for_good_is_withdrawn(tmp_path: Path) -> None:
    """It never passes through the trash."""
    ((_, told),) = sent(tmp_path, "$hooks['before_delete_post']( 812, a_post( 'publish' ) );")

    assert json.loads(told["body"]) == {
        "type": "withdrawn",
        "article": {"id": "https://courrier.example/?p=812"},
    }


def test_the_recipe_signs_as_the_api_verifies() -> None:
    """Where there is no PHP, at least the words that must agree do."""
    told = recipe()

    assert """hash_hmac( 'sha256', "$t.$body", CRIEUR_EVENTS_SECRET )""" in told
    assert """'X-Crieur-Signature' => "t=$t,v1=$code\"""" in told
    assert "/api/v1/events/articles" in told
