"""What the tests share: a settings and a container on SQLite, PostgreSQL started for the tests, a running Retour."""

pytest_plugins = ["tests.fixtures.databases", "tests.fixtures.running"]
