"""Photo -> Proposal, and the words of it: ``template`` writes instructions, ``router`` reads them, ``lexicon`` has the words."""
