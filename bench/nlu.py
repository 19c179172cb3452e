"""Understanding, next to what others would use: accuracy by intent, reason, language and style, and cost. `python -m bench.nlu`

Everything is trained in this run, on the same sentences, each contestant in a process of its own; but for the adapter of our
encoder, which was learnt from these sentences before (`python -m bot.adaptation`). Test files are bench/data/nlu_test.jsonl and
those named in NLU_DATA (separated by ":"). Rows whose text is also trained on are left out and counted. Rasa's default recipe
trains for hours on two cores with its 100 epochs: it is given 10, or NLU_RASA_EPOCHS of them; NLU_RASA=0 leaves it out. With
`--sample 2000` everybody is trained on so many sentences, where all of its epochs take minutes.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import nlu_tables as tables
from bench.nlu_data import TRAINING, Row, rows_of, same, sampled, test_files, training_sentences, written
from bench.nlu_run import EPOCHS, NAMES, RASA, Result, epochs, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.nlu", description=__doc__)
    parser.add_argument("--data", type=Path, default=TRAINING, help="the folder to train on")
    parser.add_argument(
        "--sample", type=int, help="how many sentences to train on, of each label its share; all if not given"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = asked.data.resolve()
        if asked.sample:
            folder = written(sampled(list(training_sentences(folder)), asked.sample), Path(place))
        _run(folder)


def _run(folder: Path) -> None:
    sentences = list(training_sentences(folder))
    trained_on = {same(sentence.text) for sentence in sentences}
    files = {path: rows_of(path) for path in test_files()}
    fresh = {path: [row for row in rows if same(row["text"]) not in trained_on] for path, rows in files.items()}
    texts = [row["text"] for rows in fresh.values() for row in rows]
    print(f"{len(sentences)} training sentences; one training after the other, all on the same", flush=True)
    results = [run(name, folder, texts) for name in _taking_part()]
    start = 0
    for path, rows in fresh.items():
        left_out = len(files[path]) - len(rows)
        print(f"\n{path.name}: {len(files[path])} rows, {left_out} left out because they are trained on")
        _print_file(rows, {result.name: result.answers[start : start + len(rows)] for result in results})
        start += len(rows)
    _print_costs(results)


def _taking_part() -> list[str]:
    if os.environ.get("NLU_RASA") == "0":
        print(f"{RASA} is left out (NLU_RASA=0)")
        return [name for name in NAMES if name != RASA]
    print(f"{RASA}: {epochs()} epochs; its own number is 100, which {EPOCHS} may say")
    return list(NAMES)


def _print_file(rows: Sequence[Row], given: tables.Given) -> None:
    tables.print_groups(rows, given)
    # Rasa's default recipe has one classifier: it tells intents.
    telling = {name: answers for name, answers in given.items() if name != RASA}
    if any(row["reason"] for row in rows):
        tables.print_reasons(rows, telling)
    tables.print_labels(tables.INTENT, rows, given)
    if any(row["reason"] for row in rows):
        tables.print_labels(tables.REASON, rows, telling)
    tables.print_scope(rows, given)


def _print_costs(results: Sequence[Result]) -> None:
    made = tables.table(
        "Cost: a process each, from its imports to the end of the training; a text alone, and in blocks of 64",
        "", "training s", "peak MB", "ms a text", "in blocks",
    )  # fmt: skip
    for r in results:
        together = f"{r.together:.2f}" if r.together is not None else "-"
        made.add_row(r.name, f"{r.seconds:.0f}", f"{r.peak:.0f}", f"{r.alone:.2f}", together)
    tables.CONSOLE.print(made)


if __name__ == "__main__":
    main()
