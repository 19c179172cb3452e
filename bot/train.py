"""Trains the model in a process of its own; prints one line for each part that is trained, then the model's path."""

import argparse
import logging
import sys
from pathlib import Path

import structlog


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bot.train", description=__doc__)
    parser.add_argument("--domain", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("data", type=Path, nargs="+")
    return parser.parse_args()


def main() -> None:
    """Exits 1 with a message when Rasa finds no training data or refuses it."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.captureWarnings(True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    print("loading Rasa", flush=True)
    from rasa.model_training import train
    from rasa.shared.exceptions import RasaException

    print("reading the training data", flush=True)
    try:
        result = train(
            domain=str(arguments.domain),
            config=str(arguments.config),
            training_files=[str(path) for path in arguments.data],
            output=str(arguments.out),
            force_training=True,
            fixed_model_name=arguments.name,
        )
    except RasaException as error:
        sys.exit(f"Rasa refused the training data: {error}")
    if result.code or not result.model:
        sys.exit("Rasa trained nothing; the lines above say why")


if __name__ == "__main__":
    main()
