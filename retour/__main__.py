"""`python -m retour`."""

from retour.cli import main

if __name__ == "__main__":
    main()
