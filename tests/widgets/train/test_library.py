"""The page of the model library."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from boundary_click.io.checkpoint import read_card
from boundary_click.io.user_models import user_models

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("tiny")]


@pytest.fixture
def box(qtbot):
    from boundary_click.widgets.train.library import LibraryDesk
    from boundary_click.widgets.train.library_box import LibraryBox

    desk = LibraryDesk()
    made = LibraryBox(desk)
    qtbot.addWidget(made)
    settled(qtbot, made)
    yield made
    desk.close()


def settled(qtbot, box):
    qtbot.waitUntil(lambda: not box._desk.is_busy, timeout=30000)


def choose(box, name):
    names = [entry.name for entry in box._desk.entries]
    box.list.selectRow(names.index(name))


def answer(monkeypatch, dialog, method, *answers):
    given = iter(answers)
    monkeypatch.setattr(dialog, method, lambda *args, **options: next(given))


def test_it_lists_what_there_is(box):
    assert [entry.name for entry in box._desk.entries] == ["default", "guidance", "tiny"]
    assert not box.use.isEnabled()
    choose(box, "default")
    assert "nuclei" in box._facts["For"].text()
    assert "CC0" in box._facts["Data"].text()
    assert box._facts["From"].text() == "default-head"
    assert box.use.isEnabled()
    assert box.give.isEnabled()
    assert not box.rename.isEnabled()
    assert not box.delete.isEnabled()


def test_models_of_the_user_are_renamed_and_deleted(box, qtbot, monkeypatch):
    choose(box, "tiny")
    answer(monkeypatch, QInputDialog, "getText", ("small", True))
    box.rename.click()
    settled(qtbot, box)
    assert list(user_models()) == ["small"]
    assert box.said.text() == "Tiny is now small."
    choose(box, "small")
    buttons = QMessageBox.StandardButton
    answer(monkeypatch, QMessageBox, "question", buttons.No, buttons.Yes)
    box.delete.click()
    assert list(user_models()) == ["small"]
    box.delete.click()
    settled(qtbot, box)
    assert user_models() == {}
    assert [entry.name for entry in box._desk.entries] == ["default", "guidance"]


def test_a_model_goes_out_and_comes_in_again(box, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "shared.safetensors"
    choose(box, "tiny")
    answer(monkeypatch, QFileDialog, "getSaveFileName", (str(path), ""))
    box.give.click()
    settled(qtbot, box)
    assert read_card(path).name == "tiny"
    answer(monkeypatch, QFileDialog, "getOpenFileName", (str(path), ""))
    box.take.click()
    settled(qtbot, box)
    assert set(user_models()) == {"tiny", "shared"}


def test_what_goes_wrong_is_told(box, qtbot, monkeypatch, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    answer(monkeypatch, QFileDialog, "getOpenFileName", (str(broken), ""))
    box.take.click()
    settled(qtbot, box)
    assert "broken.safetensors" in box.said.text()
    answer(
        monkeypatch,
        QInputDialog,
        "getText",
        ("http://127.0.0.1:9/x.safetensors", True),
        ("12", True),
    )
    box.fetch.click()
    settled(qtbot, box)
    assert "cannot download http://127.0.0.1:9/x.safetensors" in box.said.text()
    assert set(user_models()) == {"tiny"}


def test_the_chosen_model_is_used(box, qtbot):
    choose(box, "tiny")
    with qtbot.waitSignal(box.used) as used:
        box.use.click()
    assert used.args == ["tiny"]
