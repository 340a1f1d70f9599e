"""Which versions a result was made with."""

from __future__ import annotations

LIBRARIES = (
    "numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "linearmodels", "matplotlib", "pyreadstat", "openpyxl", "python-docx",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of the toolkit, of Python and of the libraries that its numbers depend on.

    Returns
    -------
    dict of str to str
        "not installed" where a library is absent; nothing is imported to find out.

    Examples
    --------
    >>> list(versions())[:2]
    ['impact', 'python']
    """
    import platform
    import sys
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "impact": sys.modules["impact"].__version__,
        "python": f"{platform.python_version()} ({platform.system()} {platform.machine()})",
    }
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found


def show_versions() -> None:
    """Print the versions that a report or a question about one should name.

    Examples
    --------
    >>> show_versions()  # doctest: +ELLIPSIS
    impact        ...
    """
    found = versions()
    width = max(map(len, found))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in found.items()))
