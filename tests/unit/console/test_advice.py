from animator.core import errors
from console.words.advice import _ADVICE, advice


def _codes(kind: type[errors.EngineError]) -> set[str]:
    return {kind.code}.union(*(_codes(child) for child in kind.__subclasses__()))


def test_every_error_of_the_engine_has_advice_of_its_own_or_of_its_family() -> None:
    for code in _codes(errors.EngineError):
        assert code in _ADVICE or code.partition(".")[0] in _ADVICE, code
        assert advice(code).endswith(".")


def test_an_unknown_code_is_advised_like_an_inner_fault() -> None:
    assert advice("Whatever.New") == advice("InternalError")
