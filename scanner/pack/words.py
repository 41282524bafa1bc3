"""The verification of a pack in words that an auditor can quote."""

from __future__ import annotations

from datetime import datetime

from reports.text import visible
from scanner.pack.verify import Kind, Verification

SOME = 3
"""So many problems are named in the paragraph; the list holds all."""
_BEGIN = {
    None: "The pack is verified.",
    Kind.TAMPERED: "The pack is NOT as it was written, and must not be relied on.",
    Kind.CHAIN: "The pack does NOT fit its chain of runs: a run was taken out, put in or replaced.",
    Kind.PLUGIN: "The pack is intact, but its verdicts could not be derived again here, for want of a plugin.",
    Kind.VERSION: "The pack is intact, but another version derives or writes something else: this proves no tampering.",
    Kind.ORIGIN: "The pack is intact and its verdicts follow from its evidence, but its seal was not checked.",
}


def paragraph(made: Verification, at: datetime, scanner: str) -> str:
    """What was verified, when, by which version, with which result, and what that does not prove."""
    said = [_BEGIN[made.outcome], *_facts(made), *_wrong(made)]
    if made.intact:
        said += [*_seal(made), *_limits(made)]
    by = f"This was found on {at:%d %B %Y at %H:%M} UTC by asdeclared {scanner}."
    return " ".join([*said, f"The file {visible(made.name)} has the SHA-256 {made.digest}.", by])


def _facts(made: Verification) -> list[str]:
    if made.run is None:
        return []
    head, run = made.run.header, made.run.header["run"]
    what = f'It holds the run of {visible(run["at"])} of the policy "{visible(head["policy"]["name"])}"'
    told = [f"{what}, made by asdeclared {visible(run['scanner'])}, with the digest {made.run.digest}."]
    if made.replayed and made.outcome in {None, Kind.ORIGIN}:
        counts = ", ".join(f"{count:,} {name}" for name, count in made.replayed.items())
        told.append(
            "Every file has the digest that the manifest states, and every fact and verdict was derived again from the "
            f"stored evidence, without a network, with the same result ({counts})."
        )
    if made.other and made.replayed and made.outcome in {None, Kind.ORIGIN}:
        told.append(f"It was made with {visible(made.other)}; what is here derives the same results.")
    if made.intact and made.chain:
        told.append(_chain(made))
    return told


def _chain(made: Verification) -> str:
    if len(made.chain) == 1:
        return "It is the first run of its chain."
    return f"An unbroken chain of {len(made.chain)} runs leads to it from the first, {made.chain[0].digest}."


def _wrong(made: Verification) -> list[str]:
    named = [f"{visible(str(each))}." for each in made.problems[:SOME]]
    more = len(made.problems) - SOME
    return [*named, f"There are {more} more problems."] if more > 0 else named


def _seal(made: Verification) -> list[str]:
    said = []
    if made.signature and made.signature.state == "good":
        said.append(f"It is signed by {visible(made.signature.signer)}.")
    elif made.signature:
        said.append("Its signature was not checked against a key, so it does not prove who made it.")
    else:
        said.append("It is not signed: this proves that it agrees with itself, not who made it.")
    if made.stamp and made.stamp.state == "good" and made.stamp.time:
        said.append(
            f"It existed on {made.stamp.time:%d %B %Y at %H:%M:%S} UTC at the latest, by the time stamp of "
            f"{visible(made.stamp.authority)}."
        )
    return said


def _limits(made: Verification) -> list[str]:
    """What a verification cannot prove."""
    said = []
    if made.drifted:
        said.append("What changed since the run before was derived again from the packs of both.")
    elif made.document and made.document.drift:
        said.append("What changed since the run before is told by the pack; with that run's pack it is derived again.")
    elif made.run and made.run.previous:
        said.append("It does not tell what changed since the run before.")
    said.append("That the clouds answered as the evidence says is vouched for by whoever ran the scan.")
    return said
