"""A contestant behind /v1/images/edits, over real HTTP: what is sent, what is tried again, what is given up."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from squares import Closeness, Squares, square_item

from omniedit.bench.endpoint import EditEndpoint, EditEndpointConfig
from omniedit.bench.results import load_run
from omniedit.bench.run import run
from omniedit.bench.run_folder import RunFolder
from omniedit.errors import InstructionError, ModelError
from omniedit.images import decode, load_rgb
from omniedit.judge.remote import RetryConfig
from omniedit.judge.remote.calls import UnansweredError
from omniedit.testing import Faults
from omniedit.testing.edits import Asked, EditServer, inverted
from omniedit.types import Image

QUICK = RetryConfig(attempts=12, first=0.001)


def editor(server: EditServer, model: str = "painter", **changes: Any) -> EditEndpoint:
    return EditEndpoint(EditEndpointConfig(model, server.base_url, **{"retry": QUICK, **changes}), api_key="secret")


def test_the_photo_and_the_instruction_go_out_and_a_picture_comes_back() -> None:
    item = square_item("a")
    with EditServer(api_key="secret", models=("painter",)) as server:
        result = editor(server)(item, 0)
    (asked,) = server.asked
    assert asked.fields == {
        "model": "painter",
        "prompt": "Make the square blue.",
        "n": "1",
        "size": "auto",
        "response_format": "b64_json",
    }
    assert np.array_equal(asked.image, item.photo.image)
    assert np.array_equal(result, 255 - item.photo.image)


def test_a_mask_is_transparent_where_the_edit_may_be() -> None:
    mask = np.zeros((48, 64), np.float32)
    mask[:10] = 1
    item = replace(square_item("a"), mask=mask)
    with EditServer() as server:
        editor(server)(item, 0)
        editor(server, masked=True)(item, 0)
    without, masked = server.asked
    assert "mask" not in without.files
    alpha = decode(masked.files["mask"]).alpha
    assert alpha is not None
    assert np.array_equal(alpha == 0, mask > 0)


def test_further_fields_are_sent_and_fields_can_be_left_out() -> None:
    with EditServer() as server:
        editor(server, extra={"quality": "high", "n": None, "size": "32x24"})(square_item("a"), 0)
        editor(server, "gpt-image-1")(square_item("a"), 0)
    first, second = (asked.fields for asked in server.asked)
    assert first.items() >= {"quality": "high", "size": "32x24"}.items()
    assert "n" not in first
    assert "response_format" not in second


@pytest.mark.parametrize("seed", range(3))
def test_what_may_be_cured_is_tried_again(seed: int) -> None:
    with EditServer(faults=Faults(too_many=0.3, errors=0.2, garbage_bodies=0.2), seed=seed) as server:
        for name in "abcd":
            item = square_item(name)
            assert np.array_equal(editor(server)(item, 0), 255 - item.photo.image)
    assert server.outcomes["answered"] == 4
    assert server.outcomes.total() > 4


def test_what_is_never_answered_is_given_up_with_the_reason() -> None:
    with (
        EditServer(faults=Faults(errors=1)) as server,
        pytest.raises(UnansweredError, match=r"HTTP 500.*after 3 tries"),
    ):
        editor(server, retry=RetryConfig(attempts=3, first=0.001))(square_item("a"), 0)
    assert server.outcomes == {"500": 3}
    with pytest.raises(UnansweredError, match=r"no connection.*after 2 tries"):
        editor(server, retry=RetryConfig(attempts=2, first=0.001))(square_item("a"), 0)


def test_a_content_filter_refuses_one_item(tmp_path: Path) -> None:
    with EditServer(faults=Faults(refusals=0.5), seed=3) as server:
        rows = run(Squares(tuple("abcdefgh")), editor(server), RunFolder(tmp_path, {}), [Closeness()])
    assert {row.status for row in rows} == {"scored", "refused"}
    assert all("content filter" in row.reason for row in rows if row.status == "refused")


@pytest.mark.parametrize(
    ("server", "complaint"),
    [
        (EditServer(api_key="another"), "the key was refused: set OPENAI_API_KEY"),
        (EditServer(models=("other",)), "no painter that edits pictures at .*check the name, and --base-url"),
    ],
)
def test_what_no_item_would_survive_ends_the_run(server: EditServer, complaint: str, tmp_path: Path) -> None:
    with server, pytest.raises(ModelError, match=complaint):
        run(Squares(), editor(server), RunFolder(tmp_path, {}), [Closeness()])
    assert 1 <= server.outcomes.total() <= 3


def test_any_other_refusal_of_a_request_is_a_crash_of_its_item(tmp_path: Path) -> None:
    with EditServer() as server:
        (row,) = run(Squares(("a",)), editor(server, extra={"model": None}), RunFolder(tmp_path, {}), [Closeness()])
    assert row.status == "crashed"
    assert "HTTP 400" in row.reason


def test_an_answer_of_another_size_is_brought_to_the_photos_and_its_memory_is_nobodys(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, {})
    with EditServer() as server:
        (row,) = run(Squares(("a",)), editor(server, size="100x50"), folder, [Closeness()])
    assert "100 × 50 pixels" in row.reason
    assert load_rgb(folder.picture("a", "result")).shape == (48, 64, 3)
    assert load_run(tmp_path).costs["a"].memory is None


def test_several_are_asked_at_once_and_the_answers_keep_their_order(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=60)

    def waiting(asked: Asked) -> Image:
        together.wait()  # for two others
        return inverted(asked)

    suite = Squares(tuple("abcdef"))
    with EditServer(waiting) as server:
        many = run(suite, editor(server, concurrency=3), RunFolder(tmp_path / "many", {}), [Closeness()])
    with EditServer() as server:
        alone = run(suite, editor(server, concurrency=1), RunFolder(tmp_path / "one", {}), [Closeness()])
    assert many == alone
    lines = [(tmp_path / name / "answers.jsonl").read_bytes() for name in ("many", "one")]
    assert lines[0] == lines[1]


def test_an_endpoint_may_make_anything_of_a_request() -> None:
    def reddened(asked: Asked) -> Image:
        assert asked.fields["prompt"].endswith("blue.")
        return np.full((5, 5, 3), 200, np.uint8)

    with EditServer(reddened) as server:
        assert editor(server)(square_item("a"), 0).shape == (5, 5, 3)


def test_openai_wants_a_key_and_an_endpoint_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="set OPENAI_API_KEY"):
        EditEndpoint(EditEndpointConfig("gpt-image-1"))
    with pytest.raises(ModelError, match="which model"):
        EditEndpointConfig("")


def test_a_refusal_says_what_the_endpoint_said() -> None:
    with EditServer(faults=Faults(refusals=1)) as server, pytest.raises(InstructionError, match="safety system"):
        editor(server)(square_item("a"), 0)
