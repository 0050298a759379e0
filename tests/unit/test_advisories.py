"""What `make audit` makes of the answers of pip-audit and npm: findings, none, or no answer at all."""

from tests.advisories import node_findings, python_findings

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
BROKEN = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


def test_a_vulnerable_package_is_named_with_the_release_that_mends_it() -> None:
    assert python_findings({"dependencies": [CLEAN, BROKEN]}) == ["pillow 1.0: PYSEC-1, mended in 1.1"]
    assert node_findings({"vulnerabilities": {"left-pad": {"severity": "high", "range": "<1.3"}}}) == [
        "left-pad: high, <1.3"
    ]


def test_nothing_known_and_no_answer_are_told_apart() -> None:
    assert python_findings({"dependencies": [CLEAN]}) == node_findings({"vulnerabilities": {}}) == []
    passed_over = {"dependencies": [CLEAN, {"name": "x", "skip_reason": "not found on PyPI"}]}
    assert python_findings(passed_over) is None
    for answer in (None, [], {}, {"message": "405 Method Not Allowed", "error": {}}):
        assert python_findings(answer) is None
        assert node_findings(answer) is None
