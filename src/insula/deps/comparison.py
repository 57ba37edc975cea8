"""What a project imports, held against what it declares.

Rules:

* What is declared in any extra or group is declared: projects import there what they
  leave to their users to install.
* An extra that is required (``package[extra]``) declares what it brings.
* Unused is only what could be imported: stubs, and distributions without modules, are
  there for something else.
* Where imports are unresolved, a requirement that is not installed may be what they
  mean; then nobody can say that it is unused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from insula.deps.declared import Changes
from insula.deps.imports import Need
from insula.deps.requirement import Requirement, canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from insula.deps.analysis import Analysis, Used
    from insula.deps.declared import Declared
    from insula.deps.installed import Distribution, Environment

__all__ = ["PINS", "Comparison", "compare", "required"]

PINS = ("==", "~=", ">=", "none")


@dataclass(slots=True)
class Comparison:
    """What differs between imports and declarations.

    :param missing: imported and needed, but not declared.
    :param unused: declared, but imported nowhere.
    :param unclear: declared and not installed, while imports are unresolved.
    :param outdated: declared for one version, while another is installed; or in another
        way than was asked for. Each with what it becomes.
    """

    missing: list[Used] = field(default_factory=list)
    unused: list[Declared] = field(default_factory=list)
    unclear: list[Declared] = field(default_factory=list)
    outdated: list[tuple[Declared, Requirement]] = field(default_factory=list)

    def changes(self, pin: str, *, clean: bool) -> Changes:
        """Return what is to be written.

        :param pin: how new requirements are bound to their versions.
        :param clean: remove what is unused.
        """
        changes = Changes()
        for used in sorted(self.missing, key=lambda used: used.distribution.key):
            target = changes.add_dev if used.dev else changes.add
            target.append(required(used, pin))
        changes.update = {one.key: new for one, new in self.outdated}
        if clean:
            changes.remove = {one.key for one in self.unused if one.in_target}
        return changes


def compare(
    analysis: Analysis,
    declared: Sequence[Declared],
    environment: Environment,
    *,
    pin: str | None,
    include_dev: bool,
    keep: Collection[str] = (),
    own_name: str = "",
) -> Comparison:
    """Hold an analysis against declarations.

    :param pin: how all requirements are bound; None leaves those that are there, except
        for one exact version where another is installed.
    :param include_dev: what only tests import is needed, too.
    :param keep: names that are not unused, whatever imports say.
    :param own_name: the project's name.
    """
    comparison = Comparison()
    names = {one.key for one in declared} | _brought(declared, environment)
    own = canonical(own_name)
    for key, used in analysis.used.items():
        wanted = used.need is Need.REQUIRED and (include_dev or not used.dev)
        if wanted and key not in names and key != own:
            comparison.missing.append(used)
    kept = {canonical(name) for name in keep} | {own, ""}
    imported = set(analysis.used) | analysis.declared
    unknown = bool(analysis.unresolved or analysis.absent)
    for one in declared:
        if one.extra or one.keep or one.key in kept | imported:
            continue
        distribution = environment.get(one.key)
        if distribution is None:
            (comparison.unclear if unknown else comparison.unused).append(one)
        elif not _used_otherwise(one, distribution, imported):
            comparison.unused.append(one)
    comparison.outdated = _outdated(declared, environment, pin)
    return comparison


def _brought(declared: Sequence[Declared], environment: Environment) -> set[str]:
    """Return what the extras that are declared bring, and those of these."""
    found: set[str] = set()
    pending = [one.requirement for one in declared]
    seen = set()
    while pending:
        requirement = pending.pop()
        distribution = environment.get(requirement.name) if requirement.name else None
        if distribution is None or (requirement.key, requirement.extras) in seen:
            continue
        seen.add((requirement.key, requirement.extras))
        brought = list(distribution.required_by_extras(requirement.extras))
        if not distribution.modules:
            # It is there only to bring others.
            brought += [r for r in distribution.requires if "extra" not in r.marker]
        found.update(one.key for one in brought)
        pending += brought
    return found


def _used_otherwise(
    one: Declared, distribution: Distribution, imported: set[str]
) -> bool:
    if not distribution.modules or one.key.startswith("types-"):
        return True
    if all(top.endswith("-stubs") for top in distribution.tops):
        return True
    extras = distribution.required_by_extras(one.requirement.extras)
    return any(requirement.key in imported for requirement in extras)


def _outdated(
    declared: Sequence[Declared], environment: Environment, pin: str | None
) -> list[tuple[Declared, Requirement]]:
    found = []
    times = Counter(one.key for one in declared if one.in_target and not one.extra)
    for one in declared:
        old = one.requirement
        # NOTE: a name that stands there twice has a marker for each.
        if not one.in_target or one.extra or one.frozen or old.url:
            continue
        distribution = environment.get(old.name) if times[one.key] == 1 else None
        if distribution is None or not distribution.version:
            continue
        if pin is not None:
            new = replace(old, versions=_versions(distribution.version, pin))
        elif old.exact is not None and old.exact != distribution.version:
            new = replace(old, versions=f"=={distribution.version}")
        else:
            continue
        if new.versions.replace(" ", "") != old.versions.replace(" ", ""):
            found.append((one, new))
    return found


def required(used: Used, pin: str) -> Requirement:
    """Return the requirement of a distribution as it is installed."""
    distribution = used.distribution
    url = distribution.vcs_url
    if url is not None and pin != "none":
        return Requirement(distribution.name, url=url, marker=used.marker)
    versions = _versions(distribution.version, pin)
    return Requirement(distribution.name, versions=versions, marker=used.marker)


def _versions(version: str, pin: str) -> str:
    if pin == "none" or not version:
        return ""
    if pin == "==":
        return f"=={version}"
    # Only `==` takes a local version (`+cu118`).
    public = version.partition("+")[0]
    if pin == "~=" and "." not in public:
        public += ".0"  # it asks for two numbers
    return f"{pin}{public}"
