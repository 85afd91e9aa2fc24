import subprocess
import sys
from importlib import import_module
from importlib.resources import files

import pytest
from npe2 import PluginManifest

import boundary_click

MANIFEST = PluginManifest.from_distribution("napari-boundary-click")


def test_import_loads_neither_torch_nor_gui():
    code = "import sys, boundary_click; print(*sys.modules, sep='\\n')"
    modules = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "boundary_click" in modules
    assert not {"torch", "qtpy", "napari", "magicgui", "superqt"} & set(modules)


@pytest.mark.parametrize("name", boundary_click.__all__)
def test_public_name_resolves(name):
    assert getattr(boundary_click, name) is not None
    assert name in dir(boundary_click)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'boundary_click' has no attribute 'segmentation'"):
        _ = boundary_click.segmentation


def test_version_is_the_distribution_version():
    assert MANIFEST.package_version == boundary_click.__version__


def test_manifest_is_package_data():
    text = files(boundary_click).joinpath("napari.yaml").read_text(encoding="utf-8")
    assert "name: napari-boundary-click" in text


@pytest.mark.gui
@pytest.mark.parametrize(
    "python_name", [str(command.python_name) for command in MANIFEST.contributions.commands]
)
def test_manifest_command_resolves(python_name):
    module, name = python_name.split(":")
    assert callable(getattr(import_module(module), name))
