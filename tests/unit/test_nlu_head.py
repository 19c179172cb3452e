"""The head's ridge is solved step by step: what comes out is what the equations ask for."""

import numpy as np
from scipy.sparse import random as sparse_random

from bot.nlu import head


def test_the_ridge_is_the_exact_one() -> None:
    chance = np.random.default_rng(2)
    text = sparse_random(300, 800, density=0.05, random_state=2, format="csr", dtype=np.float32)
    text = text.multiply(1 / np.maximum(np.sqrt(text.multiply(text).sum(axis=1)), 1e-6)).tocsr()
    target = chance.choice(4, 300, p=[0.7, 0.2, 0.07, 0.03])
    terms, bias = head._ridge(text, target, 4)
    weight = head._balance(target, 4)
    wanted = np.where(np.arange(4) == target[:, None], 1.0, -1.0)
    alike = (text @ text.T).toarray() + np.diag(head._RIDGE / weight)
    exact = text.T @ np.linalg.solve(alike, wanted - (weight @ wanted) / weight.sum())
    assert np.allclose(bias, (weight @ wanted) / weight.sum(), atol=1e-5)
    assert np.abs(terms - exact).max() < 0.01 * np.abs(exact).max()
    assert ((text @ terms + bias).argmax(axis=1) == (text @ exact + bias).argmax(axis=1)).all()
