"""Models on the Hub: the card says what they are, and a push brings a folder that loads."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from huggingface_hub import ModelCard

from omniedit.errors import InputError, ModelError, OutputError
from omniedit.model.base import Base
from omniedit.model.card import Card
from omniedit.model.editor import Editor
from omniedit.model.hub import plan, push
from omniedit.model.sd3 import editor_from_sd3
from omniedit.testing.hub import HubServer
from tiny_sd3 import saved_sd3

CARD = Card(
    recipe='name = "tiny"\nseed = 3',
    scores={"swap": {"SC": 7.125, "PQ": 8}, "all": {"SC": 6.5, "O": 7.0}},
    judge="oracle 1",
    notes="It is tiny.",
)


@pytest.fixture(scope="module")
def sd3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd3"), with_t5=False)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_nothing")


def test_the_card_says_what_the_model_is(sd3: Path) -> None:
    editor = editor_from_sd3(sd3, condition_attention="causal")
    assert editor.base is not None
    reference = {"config_sha256": editor.base.config_sha256, "weights": editor.base.weights}
    editor.base = Base(source="stabilityai/stable-diffusion-3-medium-diffusers", **reference)  # type: ignore[arg-type]
    text = CARD.text(editor, "someone/my-editor")
    facts = ModelCard(text).data.to_dict()
    assert facts["base_model"] == "stabilityai/stable-diffusion-3-medium-diffusers"
    assert (facts["pipeline_tag"], facts["license"]) == ("image-to-image", "other")
    total = sum(parameter.numel() for parameter in editor.net.parameters())
    added = sum(parameter.numel() for parameter in editor.net.control_parameters())
    assert f"{total:,}, of them {added:,} added" in text
    for said in (
        "# my-editor",
        "EditNet (condition_attention: causal",
        "CLIP-L and CLIP-G, without T5",
        'name = "tiny"',
        "| swap | 7.12 | 8.00 |  |",
        "| all | 6.50 |  | 7.00 |",
        "oracle 1",
        "It is tiny.",
        "--model someone/my-editor",
        "Stability AI's Community License",
    ):
        assert said in text


def test_a_card_tells_no_path_of_this_machine(sd3: Path) -> None:
    text = Card(licence="mit").text(editor_from_sd3(sd3), "someone/my-editor")
    assert str(sd3.parent) not in text
    assert sd3.name in text
    assert "None were measured" in text
    assert "These weights: mit." in text
    assert "base_model" not in ModelCard(text).data.to_dict()


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("trained_only", [False, True])
def test_what_is_pushed_loads(sd3: Path, tmp_path: Path, trained_only: bool) -> None:
    editor = editor_from_sd3(sd3)
    with HubServer() as hub:
        address = editor.push_to_hub("someone/editor", CARD, trained_only=trained_only, endpoint=hub.url)
    assert (address, hub.private) == (f"{hub.url}/someone/editor", {"someone/editor": True})
    for name, content in hub.files["someone/editor"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == CARD.text(editor, "someone/editor")
    assert ("vae" in {path.name for path in tmp_path.iterdir()}) != trained_only
    loaded = Editor.from_pretrained(tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(loaded.net.parameters(), editor.net.parameters(), strict=True))


@pytest.mark.usefixtures("token")
def test_what_is_hidden_stays_here(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    (tmp_path / ".partial-x").mkdir()
    (tmp_path / ".partial-x" / "weights").write_text("half")
    assert list(plan(tmp_path, "someone/editor").files) == ["model_index.json"]
    assert plan(tmp_path, "someone/editor").size == 2


def test_a_push_needs_a_model_a_name_a_token_and_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match=r"model_index\.json is missing"):
        push(tmp_path, "someone/editor")
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(InputError, match="is no id of a model"):
        push(tmp_path, "one/two/three")
    with pytest.raises(OutputError, match="hf auth login"):
        push(tmp_path, "someone/editor")
    monkeypatch.setenv("HF_TOKEN", "hf_nothing")
    with pytest.raises(OutputError, match=r"(?s)someone/editor could not be written to the Hub .*check the network"):
        push(tmp_path, "someone/editor", endpoint="http://127.0.0.1:9")
    with HubServer(refuses=True) as hub, pytest.raises(OutputError, match=r"could not be written .*403"):
        push(tmp_path, "someone/editor", endpoint=hub.url)
