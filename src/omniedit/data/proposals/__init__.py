"""Proposals: the edits to make, and the language of instructions.

    template.propose(photo, task, rng)   Photo -> Proposal: an edit that the photo can have, in several wordings
    remote.RemoteProposer(config).ask_many(items)   Photo -> Proposals, by a large multimodal model
    router.route(instruction)            what a user typed -> Proposal

``lexicon`` has the words, ``phrases`` the sentences that are written, ``patterns`` the sentences that are understood.
"""
