"""Adapting the published sentence encoder to shoppers' messages: `python -m bot.adaptation`, some twenty minutes on two cores.

Run when data/nlu has grown much; its result, bot/nlu/data/adapter.npz, is kept in git. `retour train` needs none of it.
"""
