"""Which files of a project declare its requirements, and which one is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.deps import FileError, PyprojectFile, RequirementsFile, canonical

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Files"]


class Files:
    """The files of a project in which requirements are declared.

    :param folder: the project's.
    :param savepath: the one to write; None, if it is to be found.
    """

    def __init__(self, folder: Path, savepath: Path | None) -> None:
        beside = folder / "pyproject.toml"
        project = PyprojectFile(beside) if beside.is_file() else None
        if savepath is None:
            here = project is not None and (
                project.holds_dependencies or project.is_of_poetry
            )
            savepath = beside if here else folder / "requirements.txt"
        self.target: PyprojectFile | RequirementsFile
        if savepath.suffix == ".toml":
            self.target = PyprojectFile(savepath)
            if not (self.target.holds_dependencies or self.target.is_of_poetry):
                raise FileError(
                    f"{savepath} has no [project] table with dependencies of its own"
                    " (or says that they are dynamic); choose another file with"
                    " --savepath, such as requirements.txt."
                )
            project = self.target
        else:
            self.target = RequirementsFile(savepath)
        self.own_name = project.name if project is not None else ""
        self.requires_python = project.requires_python if project is not None else ""
        self.declared = list(self.target.declared)
        if project is not None and project is not self.target:
            own = canonical(self.own_name) if self.own_name else None
            paths = {folder.resolve()}
            for one in self.target.declared:
                requirement = one.requirement
                place = (one.path.parent / requirement.url).resolve()
                if requirement.key == own or (requirement.url and place in paths):
                    self.declared += [d for d in project.declared if not d.extra]
                    break

    @property
    def path(self) -> Path:
        """The file that is written."""
        return self.target.path

    @property
    def usual_pin(self) -> str:
        """How new requirements are bound, if nobody says it."""
        return ">=" if isinstance(self.target, PyprojectFile) else "=="
