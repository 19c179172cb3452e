"""Brings a database to the newest tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from rma.model.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[2]


def sync_url(url: str) -> str:
    """The plain URL with the blocking driver that migrations use."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[parsed.get_backend_name()]
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def upgrade(url: str) -> None:
    """Migrates the database at `url`; makes the folder of a SQLite file. Raises ConfigurationError when it cannot be used."""
    parsed = make_url(url)
    shown = parsed.render_as_string(hide_password=True)
    engine = create_engine(sync_url(url))
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        config = Config(attributes={"connection": None})
        config.set_main_option("script_location", str(_ROOT / "migrations"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (OSError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        raise ConfigurationError(f"the database {shown} cannot be used: {str(cause).splitlines()[0]}") from error
    finally:
        engine.dispose()
