"""Print how long the functions of the project are, and which are the longest."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

BUDGET_MEDIAN, BUDGET_P90 = 8, 25


def lengths(folder: str) -> list[tuple[int, str]]:
    """The length of each function in lines, without its docstring and decorators."""
    found = []
    for path in sorted(Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                size = (body[-1].end_lineno or 0) - body[0].lineno + 2 if body else 1
                found.append((size, f"{path}:{node.lineno} {node.name}"))
    return found


def main() -> None:
    """Print the figures."""
    found = sorted(each for folder in ("scanner", "checks", "reports") for each in lengths(folder))
    sizes = [size for size, _ in found]
    median, p90 = statistics.median(sizes), statistics.quantiles(sizes, n=10)[-1]
    print(
        f"{len(sizes)} functions: median {median} lines (aim {BUDGET_MEDIAN}), 90% within {p90:.0f} (aim {BUDGET_P90})"
    )
    for size, name in found[-5:]:
        print(f"  {size:3} {name}")


if __name__ == "__main__":
    main()
