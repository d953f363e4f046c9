"""How a suite is made of any folder of photographs: Omni-Edit-Bench (62 photographs, seven tasks each) rebuilt.

    folder of photographs -> choice -> photos/ -> proposals -> edits.jsonl -> check -> freeze -> suite.json

choice      which photographs: spread over the seven ratios, no two alike
folder      the files of a suite, read and written
proposing   an instruction for each photograph and task, by templates or a model, or left to a person
check       what is missing or wrong, line by line; the seal over what is not
make        the whole of it
page        what a suite looks like
"""

from omniedit.bench.suites.making.check import Problem, check, freeze
from omniedit.bench.suites.making.folder import Edit, Facts, Thing
from omniedit.bench.suites.making.make import Made, make

__all__ = ["Edit", "Facts", "Made", "Problem", "Thing", "check", "freeze", "make"]
