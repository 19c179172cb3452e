"""spaCy's pipelines, which part a text into words: blank ones, or installed ones that the shop names in config.yml."""

import functools

import spacy
from spacy.lang.char_classes import ALPHA
from spacy.lang.punctuation import TOKENIZER_INFIXES
from spacy.language import BaseDefaults, Language

# What these find is not asked for, and costs most.
_LEFT_OUT = ("parser", "senter", "ner")


class PipelineError(RuntimeError):
    """A pipeline that was named cannot be used; the message says why and what to do."""


class QuickFrench(Language):
    """French of spaCy's tokeniser, parted after an elision ("l'article"), without spaCy's list of hyphenated words, which
    takes 3 seconds to import and serves a lookup nothing."""

    lang = "fr"

    class Defaults(BaseDefaults):
        infixes = (*TOKENIZER_INFIXES, rf"(?<=[{ALPHA}]['’])(?=[{ALPHA}])")


@functools.cache
def pipeline(language: str, name: str | None = None) -> Language:
    """`name` is an installed package or a folder that a pipeline was saved to; None is a blank one. Loaded once a process.

    Raises PipelineError when there is none of that name, or it is one of another language.
    """
    if name is None:
        return QuickFrench() if language == "fr" else spacy.blank(language)
    try:
        loaded = spacy.load(name, exclude=_LEFT_OUT)
    except (OSError, ImportError, ValueError) as error:
        raise PipelineError(
            f"config.yml names the spaCy pipeline {name!r} for {language!r}, which cannot be loaded "
            f"({str(error).splitlines()[0]}). Install it beside Retour (`setup/uv pip install` and the wheel of the pipeline), "
            "give the folder of a saved one, or take the name out to use the blank one"
        ) from error
    if loaded.lang not in (language, "xx"):
        raise PipelineError(
            f"config.yml names the spaCy pipeline {name!r} for {language!r}; it is one for {loaded.lang!r}: name another"
        )
    return loaded
