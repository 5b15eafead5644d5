"""Prints what the project's `dev` extra asks for, one requirement a line, so that `pip` installs it without a build."""

import pathlib
import tomllib

project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
print("\n".join(project["dependencies"] + project["optional-dependencies"]["dev"]))
