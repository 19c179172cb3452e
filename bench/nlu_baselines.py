"""What others would use for intents, trained on the same sentences: text in, label out."""

import random
from collections.abc import Callable

_EPOCHS = 8
_SEED = 7


def tfidf_linear(texts: list[str], labels: list[str]) -> Callable[[str], str]:
    """scikit-learn's textbook: word and character TF-IDF, a linear support vector machine."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    model = make_pipeline(make_union(words, characters), LinearSVC(C=0.3, random_state=_SEED)).fit(texts, labels)
    return lambda text: str(model.predict([text])[0])


def spacy_textcat(texts: list[str], labels: list[str]) -> Callable[[str], str]:
    """spaCy's default text classifier (bag of words), on a blank pipeline."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(_SEED)
    nlp = spacy.blank("xx")
    classifier = nlp.add_pipe("textcat")
    names = sorted(set(labels))
    for name in names:
        classifier.add_label(name)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {name: float(name == label) for name in names}})
        for text, label in zip(texts, labels, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples[:100])
    shuffler = random.Random(_SEED)
    for _ in range(_EPOCHS):
        shuffler.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, sgd=optimizer)

    def predict(text: str) -> str:
        scores = nlp(text).cats
        return max(scores, key=scores.__getitem__)

    return predict
