"""All that imports Rasa: channels, NLU components, the tracker store."""
